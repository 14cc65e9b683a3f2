import { createHmac } from 'node:crypto'
import type { LoadedConfig } from '../config/loaded.ts'
import { describeNotice, type Notice } from '../core/rollout/notice.ts'
import type { Log } from '../telemetry/log.ts'

/** Pauses before each new attempt. After the last one the notice is given up, with a line in the log. */
const PAUSES_MS = [1_000, 5_000, 30_000, 120_000, 600_000]
const TIMEOUT_MS = 5_000
/** Notices that wait for one receiver; beyond it the newest are dropped, with a line in the log. */
const MAX_WAITING = 100

interface Receiver extends Pick<LoadedConfig['config']['notify'][number], 'format' | 'on'> {
  readonly url: string
  readonly secret?: Buffer
  waiting: number
  /** Ends with the newest notice: one after the other, so that a receiver hears of them in order. */
  last: Promise<void>
}

/**
 * Tells other systems what rollouts do. Nothing waits for it.
 * Signed as Standard Webhooks 1.0 has it: `webhook-id`, `webhook-timestamp`, and `webhook-signature` with the HMAC-SHA256 of id, timestamp and body.
 */
export class Webhooks {
  readonly #receivers: readonly Receiver[]
  readonly #environment: string
  readonly #log: Log
  readonly #now: () => number
  readonly #closing = new AbortController()

  constructor({ config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>, log: Log, now: () => number) {
    this.#receivers = config.notify.map(({ format, on }, index) => {
      const { url = '', secret } = secrets.webhooks[index] ?? {}
      return { url, format, on, ...(secret === undefined ? {} : { secret: secretOf(secret) }), waiting: 0, last: Promise.resolve() }
    })
    this.#environment = config.environment
    this.#log = log
    this.#now = now
  }

  tell(notice: Notice): void {
    const at = this.#now()
    for (const receiver of this.#receivers) {
      if (!receiver.on.includes(notice.kind)) continue
      if (receiver.waiting >= MAX_WAITING) {
        this.#log.error({ id: notice.id, receiver: hostOf(receiver) }, 'too many notices wait: one was dropped')
        continue
      }
      receiver.waiting += 1
      receiver.last = receiver.last.then(() => this.#deliver(receiver, notice, at)).finally(() => (receiver.waiting -= 1))
    }
  }

  /** Gives up what was not delivered. */
  close(): void {
    this.#closing.abort()
  }

  async #deliver(receiver: Receiver, notice: Notice, at: number): Promise<void> {
    const body = JSON.stringify(receiver.format === 'slack' ? { text: describeNotice(notice) } : this.#payload(notice, at))
    for (const pause of [...PAUSES_MS, undefined]) {
      const failure = await this.#attempt(receiver, notice.id, body)
      if (failure === undefined || this.#closing.signal.aborted) return
      this.#log.warn(
        { id: notice.id, receiver: hostOf(receiver), failure },
        pause === undefined ? 'a notice was given up' : 'a notice is sent again',
      )
      if (pause !== undefined) await this.#pause(pause)
    }
  }

  /** What went wrong, if anything. */
  async #attempt({ url, secret }: Receiver, id: string, body: string): Promise<string | undefined> {
    const timestamp = String(Math.floor(this.#now() / 1_000))
    const signature = secret === undefined ? {} : { 'webhook-signature': signatureOf(secret, id, timestamp, body) }
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, ...signature }
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#closing.signal])
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
      await response.body?.cancel()
      return response.ok ? undefined : `status ${response.status}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#closing.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #payload({ kind, plan, unit, step, regions, reason }: Notice, at: number) {
    const data = { environment: this.#environment, plan, unit, step, regions, reason }
    return { type: `rollout.${kind}`, timestamp: new Date(at).toISOString(), data }
  }
}

/** `v1,` and the signature in base64. */
export function signatureOf(secret: Buffer, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** Secrets of Standard Webhooks are base64 behind `whsec_`; any other text is taken as it is. */
function secretOf(text: string): Buffer {
  return text.startsWith('whsec_') ? Buffer.from(text.slice('whsec_'.length), 'base64') : Buffer.from(text)
}

/** Paths of webhooks are secrets: only the host is logged. */
function hostOf({ url }: Receiver): string {
  return new URL(url).host
}
