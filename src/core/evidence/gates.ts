import { CLASSES, SEVERITY } from '../comparison/comparison.ts'
import { bet, logSumExp, rate, type Stratum } from './bet.ts'
import { coverage, type Evidence } from './evidence.ts'
import { requestsNeeded } from './forecast.ts'

/** What a gate says of a cell. Too little evidence is its own answer. */
export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  /** The numbers that decided, in one sentence a person can read. */
  readonly reason: string
}

/** What evidence has to show. Shares are 0 to 1. */
export interface Gates {
  /** Greatest share of comparisons that may differ. */
  readonly mismatches: number
  /** Greatest share of requests that the candidate may leave without an answer. */
  readonly failures: number
  /** Least share of the comparable requests that has to have been compared. */
  readonly coverage: number
  /** Chance of a false pass, over all the times that a gate is ever looked at. */
  readonly falsePass: number
  /** Chance of a false fail, over all gates and all the times that they are ever looked at. */
  readonly falseFail: number
}

export const GATE_DEFAULTS: Gates = {
  // One in a thousand: what a person who knows the product would not notice, and 5,808 comparisons without a difference can show.
  mismatches: 0.001,
  // As strict: a lost answer is no better than a wrong one.
  failures: 0.001,
  // Room for bursts that were shed; below it, what was not compared may be what differs.
  coverage: 0.9,
  // One wrong promotion in a hundred that should not have been.
  falsePass: 0.01,
  falseFail: 0.01,
}

/** What the candidate did in the requests that evidence counts; absent where it counts several stages. */
export type CandidateRole = 'primary' | 'shadow'

/** Gates that can fail: they share the chance of a false fail. Coverage is no claim about the candidate. */
const FAILING_GATES = 2

/** Whether few enough comparisons differ. Without control requests that is the raw share: noise counts against the candidate, never for it. */
export function parityGate(evidence: Evidence, gates: Gates): Verdict {
  const compared = evidence.outcomes.compared ?? 0
  if (compared === 0) return { verdict: 'inconclusive', reason: 'no comparison yet' }
  const events = CLASSES.filter((name) => SEVERITY[name] === 'block').reduce((sum, name) => sum + (evidence.classes[name] ?? 0), 0)
  const says = `${events} of ${compared} comparisons differ, noise included`
  return judgeShare({ events, total: compared, bound: gates.mismatches, says, unit: 'comparisons' }, gates)
}

/**
 * Whether few enough requests went without an answer from the candidate. An answer with status 500 to a mirrored request is no failure here: it was compared, and
 * differs. Where it is not known who lost the answers, they can hold a pass back and prove nothing.
 */
export function errorGate(evidence: Evidence, gates: Gates, role?: CandidateRole): Verdict {
  const { events, total, says } = role === 'primary' ? asPrimary(evidence) : asShadow(evidence)
  if (total === 0) return { verdict: 'inconclusive', reason: 'nobody was asked yet' }
  const { verdict, reason } = judgeShare({ events, total, bound: gates.failures, says, unit: 'requests' }, gates)
  return { verdict: verdict === 'fail' && role === undefined ? 'inconclusive' : verdict, reason }
}

/** Whether enough of what could have been compared was. */
export function coverageGate(evidence: Evidence, gates: Gates): Verdict {
  const covered = coverage(evidence) ?? 0
  return covered < gates.coverage
    ? { verdict: 'inconclusive', reason: `only ${percent(covered)} of requests were compared; ${percent(gates.coverage)} are needed` }
    : { verdict: 'pass', reason: `${percent(covered)} of requests were compared` }
}

interface Failing {
  readonly events: number
  readonly total: number
  readonly says: string
}

/** Only requests that legacy answered: where it failed too, nothing is known of the candidate. */
function asShadow({ outcomes }: Evidence): Failing {
  const events = (outcomes['shadow-failed'] ?? 0) + (outcomes['shadow-timeout'] ?? 0)
  const total = events + (outcomes.compared ?? 0) + (outcomes['not-comparable'] ?? 0)
  return { events, total, says: `${events} of ${total} mirrored requests got no answer` }
}

/** Every cause but the client that went away before the answer. */
function asPrimary({ failures, requests }: Evidence): Failing {
  const { 'candidate:aborted': aborted = 0 } = failures
  const failed = Object.entries(failures).reduce((sum, [cause, count]) => sum + (cause.startsWith('candidate:') ? count : 0), 0)
  const events = Math.min(failed - aborted, requests)
  return { events, total: requests, says: `the candidate failed ${events} of ${requests} requests` }
}

interface Share extends Failing {
  readonly bound: number
  /** What there are `total` of, in the plural. */
  readonly unit: string
}

/** A share of events against its bound. Not failing is no pass, and not passing is no fail: each is shown on its own. */
function judgeShare({ events, total, bound, says, unit }: Share, { falsePass, falseFail }: Gates): Verdict {
  const stratum: Stratum = { values: [1, 0], counts: [events, total - events] }
  const toPass = Math.log(1 / falsePass)
  if (bet([stratum], bound, 'below') >= toPass)
    return { verdict: 'pass', reason: `${says}; below ${percent(bound)} with error ${percent(falsePass)}` }
  // Half of the stake on "above the bound", half on "above twice the bound", which shows sooner where things are bad.
  const worse = logSumExp([bet([stratum], bound, 'above'), rate(events, total, 2 * bound, 'above')]) + Math.log(0.5)
  if (worse >= Math.log(FAILING_GATES / falseFail)) return { verdict: 'fail', reason: `${says}; the bound is ${percent(bound)}` }
  return { verdict: 'inconclusive', reason: `${says}; ${forecast(stratum, bound, toPass, unit)}` }
}

/** How many more it takes if events go on coming as they did, and at the least where that is never. */
function forecast(stratum: Stratum, bound: number, threshold: number, unit: string): string {
  const [events = 0, others = 0] = stratum.counts
  const total = events + others
  const likely = requestsNeeded(stratum, [events / total, others / total], bound, threshold)
  if (likely !== undefined) return `about ${likely.toLocaleString('en')} ${unit} more are needed`
  const least = requestsNeeded(stratum, [0, 1], bound, threshold)
  const without = least === undefined ? '' : `; ${least.toLocaleString('en')} ${unit} more if all goes well from now on`
  return `never below ${percent(bound)} at this rate${without}`
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
