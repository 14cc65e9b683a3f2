import type { Evidence } from './evidence.ts'
import { percent } from './gate-words.ts'
import type { Gates } from './gates.ts'
import { leastSeen, splitEvidence } from './spread.ts'
import type { GateFigures } from './verdict.ts'

/** What the split has to be at odds with, in logs: one false alarm in a thousand, over all looks. */
const UNLIKE_SPLIT = Math.log(1_000)

/** Whether there were enough different requests: of one that is repeated a million times nothing is learnt of the others. */
export function keysGate({ keys = {} }: Evidence, { minKeys }: Pick<Gates, 'minKeys'>): GateFigures {
  const seen = leastSeen(keys)
  const figures = { gate: 'keys', estimate: seen, bound: minKeys, of: 'different requests', counts: { n: seen } } as const
  if (seen >= minKeys) return { ...figures, verdict: 'pass', reason: `at least ${seen} different requests were compared` }
  return {
    ...figures,
    verdict: 'inconclusive',
    reason: `only about ${seen} different requests were compared, whoever asks the same again left out; ${minKeys} are needed`,
    forecast: { kind: 'never', reason: 'not by what was asked before' },
  }
}

/**
 * Whether subjects are split between the two arms as was set. A split that is not says that the arms are not alike: nothing is shown by comparing them, whatever it says.
 * @param share of the subjects that the candidate is to serve, 0 to 1
 */
export function splitGate(candidate: Evidence, legacy: Evidence, share: number): GateFigures {
  const [ours, theirs] = [candidate.subjects ?? {}, legacy.subjects ?? {}]
  const [served, others] = [leastSeen(ours), leastSeen(theirs)]
  const logFail = splitEvidence(ours, theirs, share)
  const n = leastSeen({ ...theirs, ...ours })
  const figures = { gate: 'split', bound: share, of: 'subjects', counts: { n, failures: served } } as const
  const seen = n === 0 ? {} : { estimate: served / n }
  if (logFail < UNLIKE_SPLIT) return { ...figures, ...seen, verdict: 'pass', reason: `subjects are split as was set, ${percent(share)}` }
  const reason = `subjects are not split as was set: of at least ${n} the candidate served ${served} and legacy ${others}, where ${percent(share)} are to go to the candidate`
  return { ...figures, ...seen, verdict: 'inconclusive', reason, logFail, forecast: { kind: 'never', reason: 'not with this split' } }
}
