import type { EpochEvidence, StepEvidence } from './step-evidence.ts'

/** How long after the last request of an epoch it may still be in place: a build that serves little is not gone. */
const IN_PLACE_MS = 300_000

/**
 * The epochs that are in place now: what would be promoted. While builds are being replaced there are several, and each has to be good. What was counted before
 * anybody knew is none, where others are.
 */
export function inPlace({ epochs, newest }: StepEvidence): readonly EpochEvidence[] {
  const recent = epochs.filter((epoch) => newest !== undefined && epoch.newest > newest - IN_PLACE_MS)
  const known = recent.filter(({ epoch }) => epoch !== '')
  return known.length === 0 ? recent : known
}
