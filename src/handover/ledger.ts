import { hash } from 'node:crypto'
import type { Origin } from '../core/routing/stage.ts'
import { REHEARSALS, type Rehearsal } from '../core/routing/writes.ts'

/**
 * What an edge knows of its sandbox, in memory that its threads share and that outlives the shadow thread: for each lane the writes under way and whether one is
 * missing. A lane is all subjects of one hash: their writes go one after another. Nothing is ever forgotten for want of room: subjects that share a lane share its
 * fate, so that a flood of them makes more of the traffic inconclusive and nothing wrong.
 *
 * Layout: two 32-bit words, what is halted and how often a lane was stopped, then one word a lane: bit 30 that it is stopped, bit 29 that a write was passed on, bit 28
 * that those under way are for legacy, and below them how many there are.
 */
export const LANES = 2 ** 16

const HALTED = 0
const CHANGES = 1
const HEAD = 2

const STOPPED = 1 << 30
const BEGUN = 1 << 29
const FOR_LEGACY = 1 << 28
const UNDER_WAY = FOR_LEGACY - 1

const HALT_BITS: Readonly<Record<Rehearsal, number>> = { 'dry-run': 1, 'validate-only': 2 }

const NO_STOPS = '0/0'

/** What one edge tells the others: lanes that are stopped, and what is halted, as bits. */
export interface Stops {
  readonly lanes: readonly number[]
  readonly halted: number
}

export function createLedger(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (HEAD + LANES))
}

/** The lane of a subject; the same in every process. */
export function laneOf(subject: string): number {
  return Number.parseInt(hash('sha256', subject).slice(0, 8), 16) % LANES
}

export class Ledger {
  readonly #words: Int32Array
  #taken = NO_STOPS

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared)
  }

  /** A write of this lane is on its way to the second backend. */
  begin(lane: number, target: Origin): void {
    Atomics.or(this.#words, HEAD + lane, target === 'legacy' ? BEGUN | FOR_LEGACY : BEGUN)
    if (target === 'candidate') Atomics.and(this.#words, HEAD + lane, ~FOR_LEGACY)
    Atomics.add(this.#words, HEAD + lane, 1)
  }

  /** Whether writes of this lane are still on their way to a backend. */
  isAwaited(lane: number, target: Origin): boolean {
    const word = Atomics.load(this.#words, HEAD + lane)
    return (word & UNDER_WAY) > 0 && ((word & FOR_LEGACY) !== 0) === (target === 'legacy')
  }

  /** Whether it is still to be seen what becomes of a write of this lane. */
  isUnderWay(lane: number): boolean {
    return (Atomics.load(this.#words, HEAD + lane) & UNDER_WAY) > 0
  }

  /** What became of it is known. */
  settle(lane: number): void {
    if (this.isUnderWay(lane)) Atomics.sub(this.#words, HEAD + lane, 1)
  }

  /** A write of this lane is missing on one side, or may be. */
  stop(lane: number): void {
    const before = Atomics.or(this.#words, HEAD + lane, STOPPED)
    if ((before & STOPPED) === 0) Atomics.add(this.#words, CHANGES, 1)
  }

  isStopped(lane: number): boolean {
    return (Atomics.load(this.#words, HEAD + lane) & STOPPED) !== 0
  }

  /** Another edge passed on a write of these lanes, or is about to. */
  learnBegun(lanes: readonly number[]): void {
    for (const lane of lanes) Atomics.or(this.#words, HEAD + lane, BEGUN)
  }

  /** Whether a write of this lane ever was passed on, by this edge or, for all that it was told, by another: the stores are to be alike since. */
  hasBegun(lane: number): boolean {
    return (Atomics.load(this.#words, HEAD + lane) & BEGUN) !== 0
  }

  /** The thread that had the writes under way is gone: nobody knows what became of them. */
  abandon(): void {
    for (let lane = 0; lane < LANES; lane += 1) {
      const underWay = Atomics.load(this.#words, HEAD + lane) & UNDER_WAY
      if (underWay === 0) continue
      Atomics.sub(this.#words, HEAD + lane, underWay)
      this.stop(lane)
    }
  }

  halt(rehearsal: Rehearsal): void {
    Atomics.or(this.#words, HALTED, HALT_BITS[rehearsal])
  }

  isHalted(rehearsal: Rehearsal): boolean {
    return (Atomics.load(this.#words, HALTED) & HALT_BITS[rehearsal]) !== 0
  }

  /** Takes what another edge knows. */
  adopt({ lanes, halted }: Stops): void {
    Atomics.or(this.#words, HALTED, halted)
    for (const lane of lanes) this.stop(lane)
  }

  /** For the gauges: how many lanes are stopped, and what is halted. */
  get facts(): { readonly lanesStopped: number; readonly halted: readonly Rehearsal[] } {
    return { lanesStopped: Atomics.load(this.#words, CHANGES), halted: REHEARSALS.filter((rehearsal) => this.isHalted(rehearsal)) }
  }

  /** Everything that another edge has to know. */
  get stops(): Stops {
    const lanes: number[] = []
    for (let lane = 0; lane < LANES; lane += 1) if (this.isStopped(lane)) lanes.push(lane)
    return { lanes, halted: Atomics.load(this.#words, HALTED) }
  }

  /** For edges to come: lanes of which a write ever was passed on. */
  get begun(): readonly number[] {
    return [...Array(LANES).keys()].filter((lane) => this.hasBegun(lane))
  }

  get hasStops(): boolean {
    return this.#version !== NO_STOPS
  }

  /** What others have to be told, whenever that changed since the last time. */
  takeStops(): Stops | undefined {
    const version = this.#version
    if (version === this.#taken) return undefined
    this.#taken = version
    return this.stops
  }

  /** Changes whenever `stops` does. */
  get #version(): string {
    return `${Atomics.load(this.#words, CHANGES)}/${Atomics.load(this.#words, HALTED)}`
  }
}
