import type { Ledger } from '../handover/ledger.ts'
import type { EdgeNews } from './messages.ts'

/**
 * Tells the supervisor which lanes are open, so that it knows which are in doubt when this process is killed: each before the primary is asked, and that it is closed once
 * it is known what became of its writes, with the next report. What is told is at most one message a lane and report, and what is kept one number a lane.
 */
export class LaneNews {
  readonly #ledger: Pick<Ledger, 'isUnderWay' | 'takeStops' | 'hasBegun'>
  readonly #tell: (news: EdgeNews) => void
  /** Writes that the primary has not ended, for each lane that the supervisor takes for open. */
  readonly #open = new Map<number, number>()

  constructor(ledger: Pick<Ledger, 'isUnderWay' | 'takeStops' | 'hasBegun'>, tell: (news: EdgeNews) => void) {
    this.#ledger = ledger
    this.#tell = tell
  }

  /** Both stores are to be alike for this lane, from the write on that is about to be sent. */
  readonly begins = (lane: number): void => this.#tell({ kind: 'lane-begun', lane })

  /** A write of this lane is about to be sent to its primary: one that `both` stores are to have, or should the lane begin before it is over. */
  readonly began = (lane: number, stores: 'both' | 'both-once-begun'): void => {
    const writes = this.#open.get(lane)
    const alone = stores === 'both-once-begun' && !this.#ledger.hasBegun(lane)
    if (writes === undefined) this.#tell({ kind: 'lane-open', lane, alone })
    this.#open.set(lane, (writes ?? 0) + 1)
  }

  /** The primary ended it, and either the ledger has it or the lane was stopped if it had to be. */
  readonly ended = (lane: number): void => {
    this.#open.set(lane, (this.#open.get(lane) ?? 1) - 1)
  }

  /** Tells what has changed: what was stopped, and what is closed. */
  report(): void {
    const closed = [...this.#open].filter(([lane, writes]) => writes === 0 && !this.#ledger.isUnderWay(lane)).map(([lane]) => lane)
    // Taken after those, and told before: a lane is stopped before its write is settled, and no stop may be lost between the two.
    const stops = this.#ledger.takeStops()
    if (stops !== undefined) this.#tell({ kind: 'stops', stops })
    if (closed.length === 0) return
    for (const lane of closed) this.#open.delete(lane)
    this.#tell({ kind: 'lanes-closed', lanes: closed })
  }
}
