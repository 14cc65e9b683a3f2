import type { CellEvidence, Evidence } from '../evidence/evidence.ts'
import { histogramCount } from '../evidence/histogram.ts'
import { rolesFor, type Stage } from '../routing/stage.ts'

/**
 * What would have been counted at `stage`: where legacy served and the candidate would have, what the candidate failed as the shadow it would have failed as the primary. Requests that it was
 * not asked are left out: nobody knows what it would have done with them.
 */
export function asServed({ stage: recorded, evidence }: CellEvidence, stage: Stage): Evidence {
  const { pairs, outcomes } = evidence
  const isTaken = primaryAt(recorded) === 'legacy' && primaryAt(stage) === 'candidate'
  if (!isTaken || pairs === undefined) return evidence
  const failed = (pairs.failed.candidate ?? 0) + (pairs.failed.both ?? 0)
  const timeouts = Math.min(outcomes['shadow-timeout'] ?? 0, failed)
  return {
    ...evidence,
    requests: histogramCount(pairs.legacy),
    failures: { ...evidence.failures, 'candidate:5xx': failed - timeouts, 'candidate:timeout': timeouts },
  }
}

function primaryAt(stage: Stage): 'legacy' | 'candidate' | undefined {
  return rolesFor(stage, 'query').primary
}
