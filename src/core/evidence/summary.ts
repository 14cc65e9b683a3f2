import type { DifferenceClass } from '../comparison/comparison.ts'
import { SEVERITY, CLASSES } from '../comparison/comparison.ts'
import { coverage, type Evidence } from './evidence.ts'
import { failuresOf } from './gates.ts'
import { bucketsOf, histogramCount, quantile, type Histogram } from './histogram.ts'

/** Latency of one origin in one cell, in seconds; quantiles are absent where nothing was measured. */
export interface LatencySummary {
  readonly count: number
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
}

/** What the report and the dashboard show of a cell. */
export interface CellSummary {
  readonly requests: number
  readonly compared: number
  /** 0 to 1; absent where nothing could have been compared. */
  readonly coverage?: number
  /** Comparisons of a class that does not block, over all comparisons; absent where nothing was compared. */
  readonly parity?: number
  /** What clients got with status 500 and above, or not at all, over all requests: neither what legacy spared them, nor what they did not wait for. */
  readonly errorRate?: number
  readonly classes: Evidence['classes']
  readonly outcomes: Evidence['outcomes']
  readonly shed?: NonNullable<Evidence['shed']>
  readonly failures: Evidence['failures']
  readonly fallbacks: number
  readonly legacy: LatencySummary
  readonly candidate: LatencySummary
}

export function summarise(evidence: Evidence): CellSummary {
  const compared = evidence.outcomes.compared ?? 0
  const blocking = CLASSES.filter((name) => SEVERITY[name] === 'block').reduce((sum, name) => sum + classCount(evidence, name), 0)
  // A request that legacy answered in the candidate's place is among what the candidate failed, and once more where legacy failed it too.
  const failed = failuresOf(evidence, 'candidate') + failuresOf(evidence, 'legacy') - evidence.fallbacks
  const covered = coverage(evidence)
  return {
    requests: evidence.requests,
    compared,
    ...(covered === undefined ? {} : { coverage: covered }),
    ...(compared === 0 ? {} : { parity: 1 - blocking / compared }),
    ...(evidence.requests === 0 ? {} : { errorRate: failed / evidence.requests }),
    classes: evidence.classes,
    outcomes: evidence.outcomes,
    ...(evidence.shed === undefined ? {} : { shed: evidence.shed }),
    failures: evidence.failures,
    fallbacks: evidence.fallbacks,
    legacy: summariseLatency(evidence.latency.legacy),
    candidate: summariseLatency(evidence.latency.candidate),
  }
}

function classCount(evidence: Evidence, name: DifferenceClass): number {
  return evidence.classes[name] ?? 0
}

function summariseLatency(histogram: Histogram): LatencySummary {
  const count = histogramCount(histogram)
  const buckets = bucketsOf(histogram)
  const [p50, p95, p99] = [quantile(buckets, 0.5), quantile(buckets, 0.95), quantile(buckets, 0.99)]
  return p50 === undefined || p95 === undefined || p99 === undefined ? { count } : { count, p50, p95, p99 }
}
