import type { RawHeaders } from '../core/exchange/exchange.ts'
import type { OriginRequest } from './origin-request.ts'

/** Methods whose length the other side may want to know even where there is no body (RFC 9110 section 8.6). */
const HAS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
/** What would end a line, and begin a request of somebody else's making. */
const BREAKS = /[\r\n\0]/

/** How the body of a request is framed: by a length, in chunks, or there is none. */
export type BodyFraming = { readonly kind: 'none' } | { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' }

/** A request cannot be sent as it is. */
export class UnsendableRequest extends Error {
  readonly code = 'UND_ERR_INVALID_ARG'
}

/**
 * The head of a request of HTTP/1.1, with the empty line behind it, and how its body follows. The lines pass as they are; `Connection` and what frames the body are ours.
 * @param host for a request without a `Host` line
 * @throws UnsendableRequest where a line would break the head, or the announced length is not that of the body
 */
export function requestHead(
  { method, path, headers, body, upgrade }: OriginRequest,
  host: string,
): { readonly text: string; readonly framing: BodyFraming } {
  let lines = ''
  let [hasHost, takesTrailers] = [false, false]
  let length: string | undefined
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (name.length === 4 && name.toLowerCase() === 'host') hasHost = true
    else if (name.length === 14 && name.toLowerCase() === 'content-length') length = value
    else if (name === 'te') takesTrailers = true
    lines += `${name}: ${value}\r\n`
  }
  // At once, because nearly always nothing is found. Node's parser lets none of them in; a line of our own making must not let them out.
  if (BREAKS.test(path) || BREAKS.test(headers.join(' '))) throw new UnsendableRequest('a line of the request holds a line end')
  const framing = framingOf(body, length)
  const named = takesTrailers ? ', te' : ''
  const connection = upgrade === undefined ? `connection: keep-alive${named}\r\n` : `connection: upgrade${named}\r\nupgrade: ${upgrade}\r\n`
  const start = `${method} ${path} HTTP/1.1\r\n${hasHost ? '' : `host: ${host}\r\n`}`
  return { text: `${start}${connection}${lines}${framingLine(framing, length, method)}\r\n`, framing }
}

/** Lines as they are sent. Those that would break out of theirs are none. */
export function headLines(lines: RawHeaders): string {
  let text = ''
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const line = `${lines[i]}: ${lines[i + 1]}`
    if (!BREAKS.test(line)) text += `${line}\r\n`
  }
  return text
}

function framingOf(body: OriginRequest['body'], length: string | undefined): BodyFraming {
  if (body === null) {
    if (length !== undefined && Number(length) !== 0)
      throw new UnsendableRequest(`the request has no body, and says that it has ${length} bytes`)
    return { kind: 'none' }
  }
  if (!Buffer.isBuffer(body)) return length === undefined ? { kind: 'chunked' } : { kind: 'length', bytes: Number(length) }
  if (length !== undefined && Number(length) !== body.length)
    throw new UnsendableRequest(`the body of the request has ${body.length} bytes, and says ${length}`)
  return { kind: 'length', bytes: body.length }
}

/** What has to be said of the body besides what the lines say. */
function framingLine(framing: BodyFraming, length: string | undefined, method: string): string {
  if (framing.kind === 'chunked') return 'transfer-encoding: chunked\r\n'
  if (length !== undefined) return ''
  if (framing.kind === 'length') return `content-length: ${framing.bytes}\r\n`
  return HAS_BODY.has(method) ? 'content-length: 0\r\n' : ''
}
