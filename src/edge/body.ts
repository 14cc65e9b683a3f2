import type { ClientRequest } from './client-request.ts'

/** Whether a request carries a body at all (RFC 9112 section 6.3); in HTTP/2 its frames say so. */
export function hasBody({ headers, hasBody: framed }: ClientRequest): boolean {
  if (framed !== undefined) return framed
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0')
}

/**
 * Reads a body of at most `limit` bytes. A larger one comes back as `undefined`, with everything that was read put back into
 * the stream, so that it can still be passed on. Calls back once, or never if the client goes away first.
 */
export function readBody(incoming: ClientRequest, limit: number, done: (body: Buffer | undefined) => void): void {
  const { whole } = incoming
  if (whole !== undefined) {
    done(whole.length > limit ? undefined : whole)
    return
  }
  if (Number(incoming.headers['content-length'] ?? 0) > limit) {
    done(undefined)
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes <= limit) return
    incoming.pause()
    stop()
    incoming.unshift(Buffer.concat(chunks))
    done(undefined)
  }
  const onEnd = (): void => {
    const [first] = chunks
    done(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks))
  }
  const stop = (): void => {
    incoming.off('data', onData)
    incoming.off('end', onEnd)
  }
  incoming.on('data', onData)
  incoming.on('end', onEnd)
}
