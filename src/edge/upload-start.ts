import { MAX_OPERATIONS_BYTES, operationsIn } from '../core/operation/upload.ts'
import type { ClientRequest } from './client-request.ts'

/** What was seen of an upload before it is passed on. */
export interface UploadStart {
  /** What is to run; absent where the body begins with something else. */
  readonly operations?: Buffer
  /** The whole body, where it ended meanwhile; otherwise it streams, from its first byte. */
  readonly body?: Buffer
}

/**
 * Reads the beginning of an upload, as far as it says what is to run, and puts it back into the stream. Files are never waited for. Calls
 * back once, or never if the client goes away first.
 */
export function readUploadStart(incoming: ClientRequest, boundary: string, done: (start: UploadStart) => void): void {
  let beginning: Buffer = Buffer.alloc(0)
  const onData = (chunk: Buffer): void => {
    beginning = Buffer.concat([beginning, chunk])
    const operations = beginning.length > MAX_OPERATIONS_BYTES ? 'none' : operationsIn(beginning, boundary)
    if (operations === 'more') return
    incoming.pause()
    stop()
    incoming.unshift(beginning)
    done(operations === 'none' ? {} : { operations })
  }
  const onEnd = (): void => {
    stop()
    done({ body: beginning })
  }
  const stop = (): void => {
    incoming.off('data', onData)
    incoming.off('end', onEnd)
  }
  incoming.on('data', onData)
  incoming.on('end', onEnd)
}
