import { connect, constants } from 'node:http2'
import { Agent, fetch } from 'undici'
import type { Finished } from './sockets.ts'

/** A write as it is sent: a body in pieces is one that streams. */
export interface Written {
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | readonly string[]
}

/** Sends a write by POST, once, and gives the status and text of the answer; status 0 where there was none, or it broke off. */
export type Writer = (written: Written) => Promise<{ readonly status: number; readonly text: string }>

/** Writes over HTTP/1.1, by TLS where an authority is given. */
export function writerH1(origin: string, finished: Finished, ca?: string): Writer {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } })
  finished(() => dispatcher.destroy())
  return async ({ target, headers, body }) => {
    try {
      const pieces = typeof body === 'string' ? body : streamOf(body)
      const response = await fetch(new URL(target, origin), { dispatcher, method: 'POST', headers, body: pieces, duplex: 'half' })
      return { status: response.status, text: await response.text() }
    } catch {
      return { status: 0, text: '' } // broken off, as the backend did
    }
  }
}

/** Writes over one connection of HTTP/2. */
export function writerH2(origin: string, finished: Finished, ca: string): Writer {
  const session = connect(origin, { ca })
  session.on('error', () => {})
  finished(() => session.destroy())
  return ({ target, headers, body }) =>
    new Promise((resolve) => {
      const stream = session.request({ ':method': 'POST', ':path': target, ...headers })
      let [status, text] = [0, '']
      stream.on('response', (lines) => (status = Number(lines[':status'])))
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
      stream.on('error', () => {})
      stream.on('close', () => resolve(stream.rstCode === constants.NGHTTP2_NO_ERROR ? { status, text } : { status: 0, text: '' }))
      for (const piece of typeof body === 'string' ? [body] : body) stream.write(piece)
      stream.end()
    })
}

function streamOf(pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece))
      controller.close()
    },
  })
}
