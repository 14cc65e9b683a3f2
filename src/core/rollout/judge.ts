import { CLASSES, SEVERITY } from '../comparison/comparison.ts'
import { bet } from '../evidence/bet.ts'
import { coverage, type Evidence } from '../evidence/evidence.ts'

/** What a gate says of a cell. Too little evidence is its own answer. */
export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  /** The numbers that decided, in one sentence a person can read. */
  readonly reason: string
}

export interface ParityGate {
  /** Greatest share of comparisons that may differ. */
  readonly mismatches: number
  /** Chance of a false pass, over all the times that the gate is ever looked at. */
  readonly alpha: number
  /** Least share of the comparable requests that has to have been compared. */
  readonly coverage: number
}

/** One in a thousand, with one chance in a hundred to be wrong: about 5,800 comparisons without any difference. */
export const PARITY_DEFAULTS: ParityGate = { mismatches: 0.001, alpha: 0.01, coverage: 0.9 }

/**
 * Judges parity: whether the share of comparisons with a blocking difference lies below the bound, with an error that holds under continuous looking. Noise is
 * not subtracted yet: the rate is the raw one, which is never better than the true one. Silence passes nothing.
 */
export function judge(evidence: Evidence, gate: ParityGate = PARITY_DEFAULTS): Verdict {
  const compared = evidence.outcomes.compared ?? 0
  if (compared === 0) return { verdict: 'inconclusive', reason: 'nothing was compared yet' }
  const differing = CLASSES.filter((name) => SEVERITY[name] === 'block').reduce((sum, name) => sum + (evidence.classes[name] ?? 0), 0)
  const share = `${differing} of ${compared} comparisons differ`
  const evidenceFor = (direction: 'below' | 'above'): number =>
    bet([{ values: [1, 0], counts: [differing, compared - differing] }], gate.mismatches, direction)
  const needed = Math.log(1 / gate.alpha)
  if (evidenceFor('above') >= needed) return { verdict: 'fail', reason: `${share}; the bound is ${percent(gate.mismatches)}` }
  if (evidenceFor('below') < needed) return { verdict: 'inconclusive', reason: `${share}; ${forecast(differing, compared, gate)}` }
  const covered = coverage(evidence) ?? 0
  if (covered < gate.coverage)
    return {
      verdict: 'inconclusive',
      reason: `${share}, and only ${percent(covered)} of requests were compared; ${percent(gate.coverage)} are needed`,
    }
  return { verdict: 'pass', reason: `${share}; below ${percent(gate.mismatches)} with error ${percent(gate.alpha)}` }
}

/** How many comparisons more it would take if the share stays what it is. */
function forecast(differing: number, compared: number, gate: ParityGate): string {
  const rate = differing / compared
  if (rate >= gate.mismatches) return `never below ${percent(gate.mismatches)} at this rate of differences`
  let total = compared
  while (bet([{ values: [1, 0], counts: [rate * total, (1 - rate) * total] }], gate.mismatches, 'below') < Math.log(1 / gate.alpha)) {
    total *= 1.05
    if (total > MAX_FORECAST) return 'far more comparisons are needed at this rate of differences'
  }
  return `about ${Math.ceil(total - compared).toLocaleString('en')} comparisons more are needed`
}

/** Further than anybody plans. */
const MAX_FORECAST = 1e9

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
