import type { Comparison } from '../core/comparison/comparison.ts'
import { isExcused, type Itself } from '../core/evidence/controls.ts'
import type { Exchange, Observation } from '../core/exchange/exchange.ts'
import type { Judged, ShadowDeps } from './shadow.ts'

/** Whether both still differ. Only a match says that they do not: what cannot be judged again stays as it was, and so does what differs near another write. */
export async function confirm<Request, Compared extends Judged>(
  deps: ShadowDeps<Request, Compared>,
  request: Request,
  exchange: Exchange,
  isNearWrite: boolean,
): Promise<boolean | undefined> {
  const verdict = (await deps.compare(request, exchange))?.comparison.verdict
  if (verdict === 'match') return false
  return verdict !== 'mismatch' || (isNearWrite && deps.isNearWrite(request, exchange)) ? undefined : true
}

/** Legacy against itself: what differs here is noise. */
export async function compareWithControl<Request, Compared extends Judged>(
  deps: ShadowDeps<Request, Compared>,
  request: Request,
  { primary, shadow }: Exchange,
  control: Observation | undefined,
): Promise<Compared | undefined> {
  const legacy = primary.origin === 'legacy' ? primary : shadow
  if (control?.outcome !== 'answered') return undefined
  return deps.compare(request, { primary: legacy, shadow: { ...control, origin: 'candidate' } })
}

/** What is known when it is asked how legacy got on with itself. */
interface Known<Compared> {
  readonly exchange: Exchange
  readonly comparison: Comparison
  readonly noise: Compared | undefined
  /** What both said when they were asked once more. */
  readonly second: Exchange | undefined
  readonly isNearWrite: boolean
}

/**
 * How legacy got on with itself in this request. Every mismatch is held against legacy's own second answer, chosen or not; what chance chose and only legacy differed in is asked
 * again first, as a mismatch is: else what passes by itself would be held for the candidate and never against it.
 */
export async function withItself<Request, Compared extends Judged>(
  deps: ShadowDeps<Request, Compared>,
  request: Request,
  { exchange, comparison, noise, second, isNearWrite }: Known<Compared>,
): Promise<Itself> {
  const chosen = differsIn(noise)
  if (comparison.verdict === 'mismatch') {
    const legacy = second?.primary.origin === 'legacy' ? second.primary : second?.shadow
    const itself = noise ?? (await compareWithControl(deps, request, exchange, legacy))
    return { chosen, excuses: itself === undefined ? undefined : isExcused(comparison, itself.comparison) }
  }
  if (comparison.verdict !== 'match' || chosen !== true || isNearWrite) return { chosen }
  const twice = await deps.itself(request)
  return { chosen, again: twice === undefined ? undefined : differsIn(await deps.compare(request, twice)) }
}

/** Nothing where nobody compared, or nobody could judge. */
function differsIn(compared: Judged | undefined): boolean | undefined {
  const verdict = compared?.comparison.verdict
  return verdict === undefined || verdict === 'inconclusive' ? undefined : verdict === 'mismatch'
}
