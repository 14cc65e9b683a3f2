import type { DifferenceClass } from '../comparison/comparison.ts'
import type { Bound } from '../exchange/bound.ts'
import type { Cell } from '../exchange/exchange.ts'
import type { FallbackCause } from '../exchange/inbound.ts'
import type { Origin } from '../routing/stage.ts'
import { mergeControls, type Controls } from './controls.ts'
import { mergeBlockers } from './blockers.ts'
import { addCounts } from './counts.ts'
import type { Epoch } from './epoch.ts'
import { mergeHistograms, type Histogram } from './histogram.ts'
import type { Spread } from './spread.ts'
import { mergePairs, NO_PAIRS, type Pairs } from './pairs.ts'

/**
 * How a request ended for the experiment. Every request ends in exactly one of these, so that coverage is honest.
 * `breaker`: legacy answered at once, because the candidate was down; `pin` was answered where its subject wrote a moment ago. `not-comparable` is a pair that was received and could not be judged (class
 * `inconclusive`); `race` differed and did not when both origins were asked again;
 * `near-write` differed right after a write of the same session, and nobody found it again (NO-5); `lost` was handed to the shadow thread and never came back, because the thread died.
 * Of mutations: `denied` is on the deny list; `not-written` was refused by the primary, so that nobody else does it; `sandbox-gap` belongs to a subject one of whose writes is
 * missing in the sandbox; `validated` passed the validation of a rehearsal, which is no parity; `halted` was not rehearsed, because the candidate is not known to leave nothing
 * behind; `executed` was rehearsed and may have been done all the same.
 */
export const OUTCOMES = [
  'compared',
  'stage',
  'not-sampled',
  'unmirrorable',
  'unclassified',
  'denied',
  'loop',
  'breaker',
  'pin',
  'shed',
  'over-cap',
  'primary-failed',
  'shadow-failed',
  'shadow-timeout',
  'not-comparable',
  'race',
  'near-write',
  'not-written',
  'sandbox-gap',
  'validated',
  'halted',
  'executed',
  'lost',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** The outcomes of requests that the stage and the operation let us compare: the denominator of coverage. */
export const COMPARABLE: readonly Outcome[] = OUTCOMES.filter(
  (outcome) => !['stage', 'unmirrorable', 'unclassified', 'denied', 'loop', 'pin', 'not-written'].includes(outcome),
)

/** Requests count as `seen` once they are overdue, though they still wait, and as `ended` as well when they are counted in `requests`. */
export type Overdue = Readonly<Partial<Record<'seen' | 'ended', number>>>

/** Comparisons that are no evidence, and those of them that a difference blocks. */
export type RepeatCounts = Readonly<Partial<Record<'compared' | 'blocking', number>>>

/** Counts of one cell in one window. Integers and histograms only, so that any split of the traffic adds up to the same. */
export interface Evidence {
  readonly requests: number
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>
  /** Those of the outcome `shed` by the bound that let them go; absent where there were none. */
  readonly shed?: Readonly<Partial<Record<Bound, number>>>
  /** Comparisons by their worst class. */
  readonly classes: Readonly<Partial<Record<DifferenceClass, number>>>
  /** Differences that rules accepted or lowered, by the id of the rule; absent where there were none. */
  readonly suppressed?: Readonly<Record<string, number>>
  /** What went wrong with the primary, by origin and cause: status 500 and above, no answer at all, or an answer that clients were spared. */
  readonly failures: Readonly<Partial<Record<`${Origin}:${FallbackCause | 'breaker'}`, number>>>
  /** Requests at `live` that legacy answered, because the candidate failed or was down. */
  readonly fallbacks: number
  /** Requests that the candidate left waiting until they were overdue, when they became so and when they ended; absent where there were none. */
  readonly overdue?: Overdue
  /** From asking to the last byte, answered requests only, by origin and whatever its role. */
  readonly latency: Readonly<Record<Origin, Histogram>>
  /** Those of them that legacy took to answer clients in the candidate's place; absent where there were none. */
  readonly fallbackLatency?: Histogram
  /** Requests that both origins were asked; absent where there were none. */
  readonly pairs?: Pairs
  /** Over which different requests the comparisons are, and over which subjects the requests whose stage a flag said; absent where there were none. */
  readonly keys?: Spread
  readonly subjects?: Spread
  /** Comparisons of what the same client had asked already: they are in `outcomes` and `classes`, for people and for coverage, and in nothing that gates bet on; absent where there were none. */
  readonly repeats?: RepeatCounts
  /** What tells noise from faults; absent where legacy is not asked a second time. */
  readonly controls?: Controls
  /** Comparisons that one coordinate alone keeps from being a match, by coordinate; absent where there were none. */
  readonly alone?: Readonly<Partial<Record<string, number>>>
}

/** Evidence of one cell in one time window. */
export interface CellEvidence extends Cell {
  /** Start of the window, in milliseconds since the epoch; a whole multiple of `WINDOW_MS`. */
  readonly window: number
  /** What it may be added up with; empty where that is not known. */
  readonly epoch?: Epoch
  readonly evidence: Evidence
}

/** Short, so that a window is soon settled; the store makes minutes and then hours of them. */
export const WINDOW_MS = 5_000

export const EMPTY_EVIDENCE: Evidence = {
  requests: 0,
  outcomes: {},
  classes: {},
  failures: {},
  fallbacks: 0,
  latency: { legacy: {}, candidate: {} },
}

/** Adds two counts of the same cell. Associative and commutative, with `EMPTY_EVIDENCE` as zero. */
export function mergeEvidence(a: Evidence, b: Evidence): Evidence {
  return {
    requests: a.requests + b.requests,
    outcomes: addCounts(a.outcomes, b.outcomes),
    ...(a.shed === undefined && b.shed === undefined ? {} : { shed: addCounts(a.shed ?? {}, b.shed ?? {}) }),
    classes: addCounts(a.classes, b.classes),
    ...(a.suppressed === undefined && b.suppressed === undefined ? {} : { suppressed: addTotals(a.suppressed, b.suppressed) }),
    failures: addCounts(a.failures, b.failures),
    fallbacks: a.fallbacks + b.fallbacks,
    ...(a.overdue === undefined && b.overdue === undefined ? {} : { overdue: addCounts(a.overdue ?? {}, b.overdue ?? {}) }),
    latency: {
      legacy: mergeHistograms(a.latency.legacy, b.latency.legacy),
      candidate: mergeHistograms(a.latency.candidate, b.latency.candidate),
    },
    ...(a.fallbackLatency === undefined && b.fallbackLatency === undefined
      ? {}
      : { fallbackLatency: mergeHistograms(a.fallbackLatency ?? {}, b.fallbackLatency ?? {}) }),
    ...(a.keys === undefined && b.keys === undefined ? {} : { keys: mergeHistograms(a.keys ?? {}, b.keys ?? {}) }),
    ...(a.subjects === undefined && b.subjects === undefined ? {} : { subjects: mergeHistograms(a.subjects ?? {}, b.subjects ?? {}) }),
    ...(a.repeats === undefined && b.repeats === undefined ? {} : { repeats: addCounts(a.repeats ?? {}, b.repeats ?? {}) }),
    ...(a.controls === undefined && b.controls === undefined ? {} : { controls: mergeControls(a.controls ?? {}, b.controls ?? {}) }),
    ...(a.alone === undefined && b.alone === undefined ? {} : { alone: mergeBlockers(a.alone ?? {}, b.alone ?? {}) }),
    ...(a.pairs === undefined && b.pairs === undefined ? {} : { pairs: mergePairs(a.pairs ?? NO_PAIRS, b.pairs ?? NO_PAIRS) }),
  }
}

/** Whether the candidate failed clients, or keeps any waiting. */
export function isFailing({ failures, overdue }: Evidence): boolean {
  return (overdue?.seen ?? 0) > 0 || Object.keys(failures).some((cause) => cause.startsWith('candidate:') && cause !== 'candidate:aborted')
}

function addTotals(a: Readonly<Record<string, number>> = {}, b: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  // The sum of two full tables is full.
  return addCounts(a, b) as Record<string, number>
}

/** Requests that could have been compared. */
export function comparable({ outcomes }: Evidence): number {
  return COMPARABLE.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0)
}

/**
 * Compared requests over those that could have been; `undefined` where there were none.
 * @param leftOut further ones that could have been
 * @param excused compared ones that tell nothing
 */
export function coverage(evidence: Evidence, leftOut = 0, excused = 0): number | undefined {
  const total = comparable(evidence) + leftOut
  return total === 0 ? undefined : ((evidence.outcomes.compared ?? 0) - excused) / total
}
