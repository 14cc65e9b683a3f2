import type { Inbound, Routed, Served } from '../core/exchange/inbound.ts'
import type { Ending } from '../core/evidence/ending.ts'
import type { UnclassifiedReason } from '../core/operation/operation.ts'
import type { Ledger } from '../handover/ledger.ts'
import type { Following, Handover, RequestDeps } from '../lines/request.ts'
import type { LaneNews } from './lane-news.ts'

type HandOver = RequestDeps<never>['handOver']

/** Requests that a backend may run though nobody here can tell what they are. */
const MAY_WRITE: ReadonlySet<UnclassifiedReason> = new Set<UnclassifiedReason>([
  'too-large',
  'unresolved',
  'unknown-document',
  'ambiguous',
  'batch',
  'stream',
  'media-type',
])

/**
 * Keeps the ledger of a sandbox on the client's path: says whose lane a request is in, leaves the shadow alone where the lane is stopped, and stops it when a write
 * that both stores should have goes to one of them only.
 * @param lanes hears of such a write before it is sent and after it ended
 */
export function keepingLedger(
  handOver: HandOver,
  ledger: Ledger,
  lanes: Pick<LaneNews, 'begins' | 'began' | 'ended'>,
  laneOf: (inbound: Inbound) => number,
): HandOver {
  return (routed) => {
    const lane = laneOf(routed.inbound)
    const { shadow, ...unmirrored } = routed.decision
    // After a flip: it would overtake what its subject wrote before, which is dropped instead.
    if (routed.decision.writes === 'sandbox' && ledger.isAwaited(lane, routed.decision.primary)) ledger.stop(lane)
    if (shadow !== undefined && ledger.isStopped(lane)) return ending(handOver({ ...routed, decision: unmirrored }), () => 'sandbox-gap')
    const stores = storesOf(routed)
    if (stores === 'none') return handOver({ ...routed, lane })
    if (stores === 'both' && !ledger.hasBegun(lane)) lanes.begins(lane)
    lanes.began(lane, stores)
    return ending(handOver({ ...routed, lane }), (ended, served) => {
      // Whoever follows it, or was to, stops the lane itself.
      const isMissing = ended !== 'following' && ended !== 'lost' && hasWritten(served)
      // The lane may have begun since.
      if (isMissing && (stores === 'both' || ledger.hasBegun(lane))) ledger.stop(lane)
      lanes.ended(lane)
      return ended
    })
  }
}

/** The same with another word at its end. */
function ending(followed: Handover, say: (ended: Ending | Following, served: Served) => Ending | Following): Handover {
  return { ...followed, end: (served) => say(followed.end(served), served) }
}

/** Which stores are to have it: both, by its policy; both once they are to be alike, for all that anybody knows; or it is no write for a sandbox. */
function storesOf({ identified, decision, inbound }: Routed): 'both' | 'both-once-begun' | 'none' {
  if (identified.kind === 'unclassified') {
    // What is no JSON to us is some to others: behind a byte order mark, in UTF-16, with a NaN in it.
    const isReadElsewhere = identified.reason === 'unreadable' && inbound.body !== undefined
    return MAY_WRITE.has(identified.reason) || isReadElsewhere ? 'both-once-begun' : 'none'
  }
  if (decision.writes !== 'sandbox') return 'none'
  return decision.unmirrored === 'stage' ? 'both-once-begun' : 'both'
}

/** Whether the primary may have done it. */
export function hasWritten({ primary }: Served): boolean {
  if (primary.outcome === 'failed') return primary.failure !== 'connect'
  return primary.answer.status < 400 || primary.answer.status >= 500
}
