import { createHmac } from 'node:crypto'
import { describeNotice } from '../core/rollout/notice.ts'
import type { Delivery, DeliveryStore } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Receiver } from './receivers.ts'

/** Pauses before each new attempt. After the last one the notice is given up, with a line in the log. */
const PAUSES_MS = [1_000, 5_000, 30_000, 120_000, 600_000]
const TIMEOUT_MS = 5_000
/** How long a replica has a notice to itself: one that dies meanwhile leaves it to the others. */
const CLAIM_MS = 3 * TIMEOUT_MS
/** How often a replica looks for what others have left. */
const LOOK_MS = 2_000
/** Notices that wait for one receiver; beyond it the newest are given up, with a line in the log. */
const MAX_WAITING = 100

export interface WebhookOptions {
  readonly environment: string
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Sends what the store keeps for receivers. Nothing waits for it, and a notice that was kept is sent whatever becomes of the replica that kept it.
 * Signed as Standard Webhooks 1.0 has it: `webhook-id`, `webhook-timestamp`, and `webhook-signature` with the HMAC-SHA256 of id, timestamp and body.
 */
export class Webhooks {
  readonly #receivers: readonly Receiver[]
  readonly #store: DeliveryStore
  readonly #options: WebhookOptions
  readonly #closing = new AbortController()
  #woken = Promise.withResolvers<void>()

  constructor(receivers: readonly Receiver[], store: DeliveryStore, options: WebhookOptions) {
    this.#receivers = receivers
    this.#store = store
    this.#options = options
  }

  start(): void {
    for (const receiver of this.#receivers) void this.#serve(receiver)
  }

  /** There may be something to send. */
  wake(): void {
    this.#woken.resolve()
    this.#woken = Promise.withResolvers()
  }

  /** Leaves what was not delivered to the other replicas, or to the next start. */
  close(): void {
    this.#closing.abort()
    this.wake()
  }

  /** One after the other, so that a receiver hears of them in order. */
  async #serve(receiver: Receiver): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const woken = this.#woken.promise
      // A store that does not answer is logged where it is asked for more than this.
      const delivery = await this.#store.claimDelivery(receiver.name, CLAIM_MS).catch(() => undefined)
      if (delivery === undefined) await soonest(woken, LOOK_MS)
      else await this.#deliver(receiver, delivery)
    }
  }

  async #deliver(receiver: Receiver, { id, notice, at, attempt }: Delivery): Promise<void> {
    const body = JSON.stringify(receiver.format === 'slack' ? { text: describeNotice(notice) } : this.#payload(notice, at))
    const failure = await this.#attempt(receiver, notice.id, body)
    if (failure !== undefined && this.#closing.signal.aborted) return
    const pause = failure === undefined ? undefined : PAUSES_MS[attempt - 1]
    if (failure !== undefined)
      this.#warn(receiver, notice.id, pause === undefined ? 'a notice was given up' : 'a notice is sent again', failure)
    try {
      await this.#store.settleDelivery(id, pause)
      if (failure === undefined) return
      const dropped = await this.#store.giveUpDeliveries(receiver.name, MAX_WAITING)
      for (const one of dropped) this.#warn(receiver, one, 'too many notices wait: one was dropped')
    } catch {
      // Its time runs out, and it is sent again under the same id.
    }
  }

  #warn(receiver: Receiver, id: string, message: string, failure?: string): void {
    this.#options.log.warn({ id, receiver: hostOf(receiver), ...(failure === undefined ? {} : { failure }) }, message)
  }

  /** What went wrong, if anything. */
  async #attempt({ url, secret }: Receiver, id: string, body: string): Promise<string | undefined> {
    const timestamp = String(Math.floor(this.#options.now() / 1_000))
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

  #payload({ kind, plan, unit, step, regions, reason }: Delivery['notice'], at: number) {
    const data = { environment: this.#options.environment, plan, unit, step, regions, reason }
    return { type: `rollout.${kind}`, timestamp: new Date(at).toISOString(), data }
  }
}

/** `v1,` and the signature in base64. */
export function signatureOf(secret: Buffer, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

async function soonest(woken: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([woken, late.promise])
  clearTimeout(timer)
}

/** Paths of webhooks are secrets: only the host is logged. */
function hostOf({ url }: Receiver): string {
  return new URL(url).host
}
