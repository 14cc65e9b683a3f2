import { isBlocking, type Comparison } from '../comparison/comparison.ts'
import { addCounts } from './counts.ts'

/**
 * What is counted of the comparisons of one stratum: those whose request was as likely as the others to have legacy asked a second time, decided before any answer was seen.
 * `compared` is all of them and `blocking` those that a blocking difference keeps from being a match; `both` are the blocking ones that legacy's disagreement with itself excuses; `alone` those in
 * which the candidate agreed with legacy and legacy did not with itself, then and when it was asked twice again. `made` and `differed` are comparisons of legacy with itself, of the chosen requests alone.
 */
const CONTROL_COUNTS = ['compared', 'blocking', 'both', 'alone', 'made', 'differed'] as const
export type ControlCounts = Readonly<Partial<Record<(typeof CONTROL_COUNTS)[number], number>>>

/** By the share of the requests that legacy was asked a second time, as text: counts of different shares weigh differently and are never added up. Source: section 3.1 of the reference. */
export type Controls = Readonly<Record<string, ControlCounts>>

/** How legacy got on with itself in one request; absent where it was not asked again. */
export interface Itself {
  /** It was asked a second time because chance had chosen the request; whether the two answers differ in what blocks. */
  readonly chosen?: boolean | undefined
  /** What blocks is there between two answers of legacy, too. */
  readonly excuses?: boolean | undefined
  /** It differed when it was asked twice again. */
  readonly again?: boolean | undefined
}

/** What a comparison that counts adds to its stratum. */
export function controlled(blocks: boolean, { chosen, excuses, again }: Itself): ControlCounts {
  return {
    compared: 1,
    ...(blocks ? { blocking: 1 } : {}),
    ...(blocks && excuses === true ? { both: 1 } : {}),
    // What is asked again before it counts against the candidate is asked again before it counts for it.
    ...(!blocks && chosen === true && again === true ? { alone: 1 } : {}),
    ...(chosen === undefined ? {} : { made: 1 }),
    ...(chosen === true ? { differed: 1 } : {}),
  }
}

/**
 * Whether all that blocks lies where legacy disagreed with itself in the same request. One place that is never the same twice excuses nothing elsewhere: a wrong name beside a
 * clock is a wrong name.
 */
export function isExcused({ differences, total }: Comparison, itself: Comparison): boolean {
  const noisy = new Set(itself.differences.filter(isBlocking).map(({ coordinate }) => coordinate))
  // Where not all of them were kept nobody knows what the others were.
  return total <= differences.length && differences.filter(isBlocking).every(({ coordinate }) => noisy.has(coordinate))
}

export function mergeControls(a: Controls, b: Controls): Controls {
  const sum: Record<string, ControlCounts> = { ...a }
  for (const share in b) sum[share] = addCounts(sum[share] ?? {}, b[share] ?? {})
  return sum
}
