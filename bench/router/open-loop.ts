import { connect, type Socket } from 'node:net'
import { REQUEST } from './answers.ts'
import type { Seen } from './load.ts'

/**
 * Sends requests at a fixed rate, whether or not answers come: `node bench/router/open-loop.ts URL KILOBYTES RATE CONNECTIONS SECONDS`. A closed loop would wait with a slow
 * router and not see how long its clients wait (coordinated omission). A request that finds no idle connection waits for one, and the wait counts.
 */
const [url = '', size = '2', rate = '1000', connections = '16', seconds = '5'] = process.argv.slice(2)
const { hostname, port, pathname } = new URL(url)
const head = `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\ncontent-type: application/json\r\naccept: application/json\r\nx-user-id: user-1\r\nx-size: ${size}\r\n`
const REQUEST_BYTES = Buffer.from(`${head}content-length: ${Buffer.byteLength(REQUEST)}\r\n\r\n${REQUEST}`)
const WARM_UP_MS = 500

const times: number[] = []
/** When each request that found no connection was due. */
const waiting: number[] = []
let failed = 0
let measuring = false

class Client {
  readonly #socket: Socket
  #startedAt: number | undefined
  #missing = -1
  #counts = false

  constructor() {
    this.#socket = connect(Number(port), hostname)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    this.#socket.on('error', () => (failed += 1))
  }

  /** When the request was due that it waits for. */
  get waitsSince(): number | undefined {
    return this.#startedAt
  }

  send(at: number): void {
    this.#startedAt = at
    this.#missing = -1
    this.#counts = measuring
    this.#socket.write(REQUEST_BYTES)
  }

  /** Answers have a length, and their head comes in one piece: no router here splits it. */
  #onData(chunk: Buffer): void {
    if (this.#missing < 0) {
      const end = chunk.indexOf('\r\n\r\n')
      const text = chunk.toString('latin1', 0, end)
      const length = /content-length: *(\d+)/i.exec(text)?.[1]
      if (!text.startsWith('HTTP/1.1 200') || length === undefined) {
        failed += 1
        this.#startedAt = undefined
        this.#socket.destroy()
        return
      }
      this.#missing = Number(length) - (chunk.length - end - 4)
    } else this.#missing -= chunk.length
    if (this.#missing > 0) return
    const now = performance.now()
    if (this.#counts) times.push((now - (this.#startedAt ?? now)) * 1_000)
    this.#startedAt = undefined
    const due = waiting.shift()
    if (due === undefined) idle.push(this)
    else this.send(due)
  }
}

const clients = Array.from({ length: Number(connections) }, () => new Client())
const idle = [...clients]
const start = performance.now()
const end = start + WARM_UP_MS + Number(seconds) * 1_000
let sent = 0
const timer = setInterval(() => {
  const now = performance.now()
  measuring = now > start + WARM_UP_MS
  if (now > end) {
    clearInterval(timer)
    setTimeout(report, 500)
    return
  }
  for (const due = ((now - start) * Number(rate)) / 1_000; sent < due; sent += 1) {
    const client = idle.pop()
    if (client === undefined) waiting.push(now)
    else client.send(now)
  }
}, 1)

/** Who still waits has waited so long at least: left out, a router that stops to answer would look fast. */
function report(): void {
  const requests = times.length
  const now = performance.now()
  const left = [...waiting, ...clients.map(({ waitsSince }) => waitsSince ?? 0)].filter((at) => at > start + WARM_UP_MS)
  for (const at of left) times.push((now - at) * 1_000)
  const sorted = times.toSorted((a, b) => a - b)
  const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const seen: Seen = {
    requests,
    perSecond: requests / Number(seconds),
    failed: failed + left.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    p999: quantile(0.999),
  }
  console.log(JSON.stringify(seen))
  process.exit(0)
}
