import type { LoadedConfig } from '../config/loaded.ts'
import type { Inbound, Routed } from '../core/exchange/inbound.ts'
import { isWrite, type Identified, type Operation } from '../core/operation/operation.ts'
import type { Assignment } from '../core/routing/decide.ts'
import { Pins, pinnedAt, type Pin } from '../core/routing/pins.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import type { Handover, RequestDeps } from '../lines/request.ts'
import type { Policies } from './policies.ts'

type HandOver = RequestDeps<never>['handOver']

/** What one edge tells the others at a time; what is more is not told. */
const MAX_TOLD = 2_000

/** Keeps the reads of a subject for a while where its newest write was done, on all edges of the replica. */
export class Pinning {
  readonly #policies: Policies
  readonly #hasOthers: boolean
  readonly #tell: (pins: readonly Pin[]) => void
  readonly #pins = new Pins()
  #fresh: Pin[] = []
  /** Sum of the versions of the flags: it changes with each of them. */
  #flags = 0

  private constructor(policies: Policies, hasOthers: boolean, tell: (pins: readonly Pin[]) => void) {
    this.#policies = policies
    this.#hasOthers = hasOthers
    this.#tell = tell
  }

  /** Nothing where no policy pins: requests then pay nothing for it. */
  static open(
    { config, workers }: Pick<LoadedConfig, 'config' | 'workers'>,
    policies: Policies,
    tell: (pins: readonly Pin[]) => void,
  ): Pinning | undefined {
    const isWanted = config.operations.some(({ pinAfterMutationMs = 0 }) => pinAfterMutationMs > 0)
    return isWanted ? new Pinning(policies, workers > 1, tell) : undefined
  }

  /** Answers from memory, and with what it was given where nobody is pinned. */
  assigned(identified: Identified, assignment: Assignment, subject: string): Assignment {
    const origin = this.#pins.of(subject, performance.now())
    return origin === undefined ? assignment : pinnedAt(identified, assignment, origin)
  }

  /**
   * Notes writes when they begin, for an answer may be read before it is over here, and again when it is known who did them.
   * @param sessionOf empty for who has no name: those behind one address are not one
   */
  noting(handOver: HandOver, sessionOf: (inbound: Inbound) => string): HandOver {
    return (routed) => {
      const forMs = this.#pinMsOf(routed)
      const subject = forMs === 0 ? '' : sessionOf(routed.inbound)
      if (subject === '') return handOver(routed)
      this.#note({ subject, origin: routed.decision.primary, forMs })
      const followed = handOver(routed)
      return {
        ...followed,
        end: (served): ReturnType<Handover['end']> => {
          this.#note({ subject, origin: served.primary.origin, forMs })
          return followed.end(served)
        },
      }
    }
  }

  /** What clients of other edges wrote. */
  learn(pins: readonly Pin[]): void {
    for (const pin of pins) this.#pins.note(pin, performance.now())
  }

  /** After any change of the flags nobody is held at the candidate any more: a step back must not wait for a pin. */
  heed({ flags, segments }: FlagSet): void {
    const sum = [...flags, ...segments].reduce((total, { version }) => total + version, flags.length + segments.length)
    if (sum !== this.#flags) this.#pins.release('candidate')
    this.#flags = sum
  }

  #note(pin: Pin): void {
    this.#pins.note(pin, performance.now())
    if (!this.#hasOthers || this.#fresh.length >= MAX_TOLD) return
    // One message for all writes of a turn.
    if (this.#fresh.length === 0) setImmediate(() => this.#tell(this.#takeFresh()))
    this.#fresh.push(pin)
  }

  #takeFresh(): readonly Pin[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  /** The longest of the mutations of a request; 0: it pins nobody. */
  #pinMsOf({ identified, region }: Routed): number {
    if (identified.kind === 'unclassified') return 0
    if (identified.kind === 'operation') return this.#msOf(identified.operation, identified.roots, region)
    const each = identified.operations.map((operation, index) => this.#msOf(operation, identified.roots[index] ?? [], region))
    return Math.max(0, ...each)
  }

  #msOf(operation: Operation, roots: readonly string[], region: string): number {
    return isWrite(operation.type) ? (this.#policies.of(operation, roots, region).pinAfterMutationMs ?? 0) : 0
  }
}
