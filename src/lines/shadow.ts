import type { Comparison } from '../core/comparison/comparison.ts'
import type { Itself } from '../core/evidence/controls.ts'
import type { Ending } from '../core/evidence/ending.ts'
import { comparedOutcome, pair } from '../core/evidence/outcome.ts'
import type { Exchange, Failed, Observation } from '../core/exchange/exchange.ts'
import type { FallbackCause } from '../core/exchange/inbound.ts'
import { compareWithControl, confirm, withItself } from './second-look.ts'

/** A request as it was handed over. Its end comes later, or never. */
export interface HandedOver<Request> {
  readonly request: Request
  readonly end: Promise<Ended | undefined>
}

/** What the client got, and in whose place. */
export interface Ended {
  readonly primary: Observation
  readonly fallbackFrom?: FallbackCause | undefined
  readonly tried?: Failed | undefined
}

/** Everything that is known of a request when it is over. */
export interface Followed<Request, Compared> {
  readonly request: Request
  readonly outcome: Ending
  readonly primary: Observation | undefined
  /** The candidate's failed try, where legacy answered in its place. */
  readonly tried: Failed | undefined
  readonly shadow: Observation | undefined
  readonly control: Observation | undefined
  readonly compared: Compared | undefined
  /** What legacy said differently when it was asked a second time. */
  readonly noise: Compared | undefined
  /** Whether a blocking difference was there again when both were asked once more; absent where nobody can tell. */
  readonly confirmed: boolean | undefined
  /** The same session wrote shortly before or meanwhile (NO-5). */
  readonly isNearWrite: boolean
  readonly itself: Itself
}

/** A comparison, with whatever its maker keeps beside it. */
export interface Judged {
  readonly comparison: Comparison
}

/** What the shadow line needs of the rooms around it. */
export interface ShadowDeps<Request, Compared extends Judged> {
  /**
   * Asks the shadow: at once, or a write when it is over. How the request ended where it is not asked, or what it said does not count. Never rejects.
   */
  readonly mirror: (request: Request, end: HandedOver<Request>['end']) => Promise<Observation | Ending>
  /** Asks legacy a second time, for a sample of the requests. Never rejects. */
  readonly control: (request: Request) => Promise<Observation | undefined>
  /** Whether a write of its subject is missing on one side by now: what differs then says nothing. */
  readonly hasGap: (request: Request) => boolean
  /** Whether the same session wrote shortly before, or while, a pair was answered. */
  readonly isNearWrite: (request: Request, exchange: Exchange) => boolean
  /** Asks both once more, in the other order, and not before a write that is near is done with; nothing where that is not wanted. Never rejects. */
  readonly again: (request: Request, isNearWrite: boolean) => Promise<Exchange | undefined>
  /** Asks legacy alone, twice; otherwise as `again`. */
  readonly itself: (request: Request) => Promise<Exchange | undefined>
  /** Nothing where too many pairs wait already. */
  readonly compare: (request: Request, exchange: Exchange) => Promise<Compared | undefined>
  /** Counts, groups and traces. */
  readonly record: (followed: Followed<Request, Compared>) => void
}

/**
 * The shadow line, in reading order. It runs on its own thread: nothing here, however slow or broken, can be felt by the
 * client, whose answer is a value that arrives from outside.
 */
export function createShadowLine<Request, Compared extends Judged>(
  deps: ShadowDeps<Request, Compared>,
): (handedOver: HandedOver<Request>) => Promise<void> {
  return async function follow({ request, end }) {
    // Asked while the primary is under way, so that both see the same world.
    const [served, mirrored, control] = await Promise.all([end, deps.mirror(request, end), deps.control(request)])
    const shadow = typeof mirrored === 'string' ? undefined : mirrored
    const paired =
      typeof mirrored === 'string' ? { outcome: mirrored } : pair(served?.primary, mirrored, served?.fallbackFrom !== undefined)
    const known = { request, primary: served?.primary, tried: served?.tried, shadow, control }
    if (!('exchange' in paired) || deps.hasGap(request)) {
      deps.record({ ...known, ...UNJUDGED, outcome: 'exchange' in paired ? 'sandbox-gap' : paired.outcome })
      return
    }
    const compared = await deps.compare(request, paired.exchange)
    if (compared === undefined) {
      deps.record({ ...known, ...UNJUDGED, outcome: 'shed:backlog' })
      return
    }
    const noise = await compareWithControl(deps, request, paired.exchange, control)
    const isNearWrite = deps.isNearWrite(request, paired.exchange)
    const { comparison } = compared
    const second = comparison.verdict === 'mismatch' ? await deps.again(request, isNearWrite) : undefined
    const confirmed = second === undefined ? undefined : await confirm(deps, request, second, isNearWrite)
    const itself = await withItself(deps, request, { exchange: paired.exchange, comparison, noise, second, isNearWrite })
    const outcome = comparedOutcome(comparison, { isNearWrite, confirmed })
    deps.record({ ...known, outcome, compared, noise, confirmed, isNearWrite, itself })
  }
}

/** What is known of a pair that nobody compared. */
const UNJUDGED = { compared: undefined, noise: undefined, confirmed: undefined, isNearWrite: false, itself: {} } as const
