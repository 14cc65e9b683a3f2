import type { Comparison } from '../comparison/comparison.ts'
import { isAnswered, type Exchange, type Failure, type Observation } from '../exchange/exchange.ts'
import type { Ending } from './ending.ts'

/** Either a pair to compare, or why there is none. */
export type Paired = { readonly exchange: Exchange } | { readonly outcome: Ending }

const SHADOW_OUTCOME: Readonly<Partial<Record<Failure, Ending>>> = {
  timeout: 'shadow-timeout',
  'over-cap': 'over-cap',
  'no-room': 'shed:bytes',
}

/**
 * Puts two observations together.
 * @param primary absent: there was no room for its answer
 * @param fellBack the client's answer came from legacy in the candidate's place
 */
export function pair(primary: Observation | undefined, shadow: Observation, fellBack: boolean): Paired {
  if (primary === undefined) return { outcome: 'shed:bytes' }
  if (fellBack) return { outcome: 'primary-failed' }
  if (!isAnswered(primary)) return { outcome: primary.failure === 'over-cap' ? 'over-cap' : 'primary-failed' }
  if (!isAnswered(shadow)) return { outcome: SHADOW_OUTCOME[shadow.failure] ?? 'shadow-failed' }
  return { exchange: { primary, shadow } }
}

/** What is known of a difference besides itself. */
export interface Doubt {
  /** A write of the same session was near (NO-5). */
  readonly isNearWrite: boolean
  /** Whether it was there again when both were asked once more; absent where nobody can tell. */
  readonly confirmed?: boolean | undefined
}

/** How a pair that was received ended: what could not be judged is no comparison, nor what a write explains as well as an origin's fault does. */
export function comparedOutcome({ verdict }: Comparison, { isNearWrite, confirmed }: Doubt): Ending {
  if (verdict === 'inconclusive') return 'not-comparable'
  if (verdict === 'match' || confirmed === true) return 'compared'
  if (confirmed === false) return 'race'
  return isNearWrite ? 'near-write' : 'compared'
}

/** Differences of such a pair are nobody's fault, as far as is known: they make no group. */
export const SET_ASIDE: ReadonlySet<Ending> = new Set(['race', 'near-write'])
