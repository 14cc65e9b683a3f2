import { setTimeout as pause } from 'node:timers/promises'
import type { EvidenceBatch } from '../core/evidence/batch.ts'
import type { Collected, Outbox } from '../core/evidence/outbox.ts'

/** A batch that nobody acknowledged is sent again after this many reports. */
const RESEND_AFTER = 3
/** At the end, tries and their distance: a few seconds. */
const LAST_TRIES = 30
const LAST_PAUSE_MS = 100
const LAST_RESEND_AFTER = 10

/** What was counted since it was asked last, and the moment up to which that is everything. */
export interface Handed {
  readonly collected: Collected
  /** Milliseconds since the epoch. */
  readonly upTo: number
}

/** How an edge hands in what it counts: batch after batch, each until it is acknowledged. */
export class HandingIn {
  readonly #outbox: Outbox
  readonly #collect: () => Handed
  readonly #send: (batch: EvidenceBatch) => void
  #sent = 0
  #isOver = false

  constructor(outbox: Outbox, collect: () => Handed, send: (batch: EvidenceBatch) => void) {
    this.#outbox = outbox
    this.#collect = collect
    this.#send = send
  }

  report(): void {
    this.#tell(this.#next(false), RESEND_AFTER)
  }

  /** @returns whether it was stored by another control than the batch before */
  stored(seq: number, by: string): boolean {
    const stored = this.#outbox.stored(seq, by)
    if (stored === undefined) return false
    this.#sent = 0
    this.#isOver = stored.batch.last === true
    return stored.isOther
  }

  /** Reports until everything is stored, for a few seconds at most. Its last batch says that it is the last. */
  async close(): Promise<void> {
    for (let tries = 0; tries < LAST_TRIES && !this.#isOver; tries += 1) {
      this.#tell(this.#next(true), LAST_RESEND_AFTER)
      await pause(LAST_PAUSE_MS)
    }
  }

  #next(last: boolean): EvidenceBatch | undefined {
    const { collected, upTo } = this.#collect()
    this.#outbox.add(collected)
    return this.#outbox.next(upTo, last)
  }

  #tell(batch: EvidenceBatch | undefined, resendAfter: number): void {
    const before = this.#sent
    this.#sent = batch === undefined ? 0 : before + 1
    // Who stores it at once says so from within.
    if (batch !== undefined && before % resendAfter === 0) this.#send(batch)
  }
}
