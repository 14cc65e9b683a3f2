import type { Comparison } from '../comparison/comparison.ts'
import type { Answered, Exchange, Failure, Observation } from '../exchange/exchange.ts'
import type { Outcome } from './evidence.ts'

/** Either a pair to compare, or why there is none. */
export type Paired = { readonly exchange: Exchange } | { readonly outcome: Outcome }

const SHADOW_OUTCOME: Readonly<Partial<Record<Failure, Outcome>>> = { timeout: 'shadow-timeout', 'over-cap': 'over-cap' }

/**
 * Puts two observations together.
 * @param primary absent: its end never reached the shadow thread
 * @param shadow absent: it was not asked, because too many were under way
 * @param fellBack the client's answer came from legacy in the candidate's place
 */
export function pair(primary: Observation | undefined, shadow: Observation | undefined, fellBack: boolean): Paired {
  if (primary === undefined || shadow === undefined) return { outcome: 'shed' }
  if (fellBack) return { outcome: 'primary-failed' }
  if (!isAnswered(primary)) return { outcome: primary.failure === 'over-cap' ? 'over-cap' : 'primary-failed' }
  if (!isAnswered(shadow)) return { outcome: SHADOW_OUTCOME[shadow.failure] ?? 'shadow-failed' }
  return { exchange: { primary, shadow } }
}

/** How a pair that was received ended: what could not be judged is no comparison. */
export function comparedOutcome({ verdict }: Comparison): Outcome {
  return verdict === 'inconclusive' ? 'not-comparable' : 'compared'
}

function isAnswered(observation: Observation): observation is Answered {
  return observation.outcome === 'answered'
}
