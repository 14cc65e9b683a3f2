import { createServer, type ServerResponse } from 'node:http'
import { Pool, type Dispatcher } from 'undici'

/**
 * The least that forwards with Node's own server and undici: no checks, no limits, no counting. `node bench/router/forwarder.ts PORT BACKEND`.
 */
const [port = '0', backend = ''] = process.argv.slice(2)
const { origin } = new URL(backend)
const pool = new Pool(origin, { connections: null, pipelining: 1 })

createServer((incoming, response) => {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => {
    const headers = incoming.rawHeaders.filter((_, at, all) => (all[at - (at % 2)] ?? '').toLowerCase() !== 'connection')
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    pool.dispatch({ method: 'POST', path: incoming.url ?? '/', headers, body: body ?? null }, new Forward(response))
  })
}).listen(Number(port), '127.0.0.1')

class Forward implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  #remaining = -1

  constructor(response: ServerResponse) {
    this.#response = response
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    const raw = controller.rawHeaders
    const lines = Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
    this.#remaining = Number(headers['content-length'] ?? -1)
    this.#response.sendDate = false
    this.#response.writeHead(status, lines)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#remaining -= chunk.length
    if (this.#remaining === 0) this.#response.end(chunk)
    else if (!this.#response.write(chunk)) {
      controller.pause()
      this.#response.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(): void {
    if (!this.#response.writableEnded) this.#response.end()
  }

  onResponseError(): void {
    this.#response.destroy()
  }
}
