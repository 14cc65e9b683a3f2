import { CLASSES, SEVERITY } from '../comparison/comparison.ts'
import { duration } from './duration.ts'
import { bet, interval, logSumExp, rate, type Stratum } from './bet.ts'
import { coverage, type Evidence, type Outcome } from './evidence.ts'
import { likelyShares, requestsNeeded } from './forecast.ts'
import { histogramCount } from './histogram.ts'
import type { Ratio } from './pairs.ts'

/** What a gate says of a cell. Too little evidence is its own answer. */
export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  /** The numbers that decided, in one sentence a person can read. */
  readonly reason: string
  /** Log of the evidence for a pass, as of now; absent where there is none, and for what is no claim about the candidate. */
  readonly logE?: number
}

/** The hours of every day in which most requests come. */
export interface Peak {
  /** `HH:MM` in `zone`; `from` is in, `to` is out. */
  readonly from: string
  readonly to: string
  /** Name of a time zone, for example `Europe/Berlin`. */
  readonly zone: string
}

/** What evidence has to show. Shares are 0 to 1. Sources of the defaults: `docs/gates.md`. */
export interface Gates {
  /** Greatest share of comparisons that may differ. */
  readonly mismatches: number
  /** Greatest share of requests that the candidate may leave without an answer, over what legacy does. */
  readonly failures: number
  /** How many times legacy's the candidate's quantiles of latency may be; `none` asks nothing of one. */
  readonly p50: Ratio | 'none'
  readonly p95: Ratio | 'none'
  readonly p99: Ratio | 'none'
  /** Least share of the comparable requests that has to have been compared. */
  readonly coverage: number
  /** How long there has to have been traffic, in milliseconds; 0 asks for none. */
  readonly soakMs: number
  /** A whole peak serves instead of `soakMs`. */
  readonly peak?: Peak
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
  // A tenth is what a client does not feel; the last percent swings more, and with less room it would take five times the requests.
  p50: 1.1,
  p95: 1.1,
  p99: 1.2,
  // Room for bursts that were shed; below it, what was not compared may be what differs.
  coverage: 0.9,
  // A day has every hour in it, the busiest too.
  soakMs: 86_400_000,
  // One wrong promotion in a hundred that should not have been.
  falsePass: 0.01,
  falseFail: 0.01,
}

/** What the candidate did in the requests that evidence counts; absent where it counts several stages. */
export type CandidateRole = 'primary' | 'shadow'

/** Tests that can fail, three of them of latency: they share the chance of a false fail. Coverage and soak are no claims about the candidate. */
const FAILING_TESTS = 5

/** What evidence that something is bad has to reach, in logs. */
export function failThreshold({ falseFail }: Gates): number {
  return Math.log(FAILING_TESTS / falseFail)
}

/** Whether few enough comparisons differ. Without control requests that is the raw share: noise counts against the candidate, never for it. */
export function parityGate(evidence: Evidence, gates: Gates, spanMs?: number): Verdict {
  const compared = evidence.outcomes.compared ?? 0
  if (compared === 0) return { verdict: 'inconclusive', reason: 'no comparison yet' }
  const events = blockingComparisons(evidence)
  const says = `${events} of ${compared} comparisons differ, noise included`
  return judgeShare(
    { values: [1, 0], counts: [events, compared - events], bound: gates.mismatches, says, unit: 'comparisons', spanMs },
    gates,
  )
}

/** Comparisons whose worst class blocks. */
export function blockingComparisons({ classes }: Evidence): number {
  return CLASSES.filter((name) => SEVERITY[name] === 'block').reduce((sum, name) => sum + (classes[name] ?? 0), 0)
}

/**
 * Whether the candidate leaves few enough requests without an answer: more than legacy does, where both were asked the same; else of all there are. Where it is not
 * known who lost the answers, they can hold a pass back and prove nothing.
 */
export function errorGate(evidence: Evidence, gates: Gates, role?: CandidateRole, spanMs?: number): Verdict {
  const paired = asPaired(evidence)
  const failing = paired ?? (role === 'primary' ? asPrimary(evidence) : asShadow(evidence))
  if (failing.counts.every((count) => count === 0)) return { verdict: 'inconclusive', reason: 'nobody was asked yet' }
  const judged = judgeShare({ ...failing, bound: gates.failures, unit: 'requests', spanMs }, gates)
  const isProof = role !== undefined || paired !== undefined
  return judged.verdict === 'fail' && !isProof ? { ...judged, verdict: 'inconclusive' } : judged
}

/**
 * Whether enough of what could have been compared was.
 * @param leftOut requests that could have been, of windows that count for nobody
 */
export function coverageGate(evidence: Evidence, gates: Gates, leftOut = 0): Verdict {
  const covered = coverage(evidence, leftOut) ?? 0
  return covered < gates.coverage
    ? { verdict: 'inconclusive', reason: `only ${percent(covered)} of requests were compared; ${percent(gates.coverage)} are needed` }
    : { verdict: 'pass', reason: `${percent(covered)} of requests were compared` }
}

type Failing = Stratum & { readonly says: string }

/** Requests that both were asked: what only the candidate failed counts against it, what only legacy failed for it. What it was spared it failed. */
function asPaired({ pairs, failures }: Evidence): Failing | undefined {
  if (pairs === undefined) return undefined
  const spared = failures['candidate:breaker'] ?? 0
  const legacy = pairs.failed.legacy ?? 0
  const candidate = (pairs.failed.candidate ?? 0) + spared
  const total = histogramCount(pairs.legacy) + spared
  const says = `of ${total} requests the candidate alone failed ${candidate} and legacy alone ${legacy}`
  return { values: [1, -1, 0], counts: [candidate, legacy, total - candidate - legacy], says }
}

/** How requests end that the shadow answered. */
const ANSWERED: readonly Outcome[] = ['compared', 'not-comparable', 'race', 'near-write']

/** Only requests that legacy answered: where it failed too, nothing is known of the candidate. */
function asShadow({ outcomes }: Evidence): Failing {
  const events = (outcomes['shadow-failed'] ?? 0) + (outcomes['shadow-timeout'] ?? 0)
  const answered = ANSWERED.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0)
  return { values: [1, 0], counts: [events, answered], says: `${events} of ${events + answered} mirrored requests got no answer` }
}

function asPrimary(evidence: Evidence): Failing {
  const { requests } = evidence
  const events = failuresOf(evidence, 'candidate')
  return { values: [1, 0], counts: [events, requests - events], says: `the candidate failed ${events} of ${requests} requests` }
}

/** Requests that an origin failed as the primary, for every cause but the client that went away before the answer. */
export function failuresOf({ failures, requests }: Evidence, origin: 'legacy' | 'candidate'): number {
  const all = Object.entries(failures).reduce((sum, [cause, count]) => sum + (cause.startsWith(`${origin}:`) ? count : 0), 0)
  return Math.min(all - (failures[`${origin}:aborted`] ?? 0), requests)
}

interface Share extends Failing {
  readonly bound: number
  /** What was counted, in the plural. */
  readonly unit: string
  /** How long that took, in milliseconds; absent where nobody knows. */
  readonly spanMs: number | undefined
}

/** A share of events against its bound. Not failing is no pass, and not passing is no fail: each is shown on its own. */
function judgeShare({ values, counts, bound, says, unit, spanMs }: Share, gates: Gates): Verdict {
  const stratum: Stratum = { values, counts }
  const toPass = Math.log(1 / gates.falsePass)
  const logE = bet([stratum], bound, 'below')
  if (logE >= toPass) return { verdict: 'pass', reason: `${says}; below ${percent(bound)} with error ${percent(gates.falsePass)}`, logE }
  const [events = 0, ...others] = counts
  const total = others.reduce((sum, count) => sum + count, events)
  // Half of the stake on "above the bound", half on "above twice the bound", which shows sooner where things are bad.
  const worse = logSumExp([bet([stratum], bound, 'above'), rate(events, total, 2 * bound, 'above')]) + Math.log(0.5)
  const { lower, upper } = interval([stratum], gates.falsePass)
  const range = `${says} (${percent(lower)} to ${percent(upper)})`
  if (worse >= failThreshold(gates)) return { verdict: 'fail', reason: `${range}; the bound is ${percent(bound)}`, logE }
  return { verdict: 'inconclusive', reason: `${range}; ${forecast(stratum, bound, toPass, unit, spanMs)}`, logE }
}

/** How many more it takes if events go on coming as they did, and at the least where that is never. */
function forecast(stratum: Stratum, bound: number, threshold: number, unit: string, spanMs: number | undefined): string {
  const { low, mid, high } = likelyShares(stratum.counts)
  const likely = requestsNeeded(stratum, mid, bound, threshold)
  if (likely === undefined) {
    const least = requestsNeeded(stratum, [...stratum.counts.slice(1).map(() => 0), 1], bound, threshold)
    const without = least === undefined ? '' : `; ${least.toLocaleString('en')} ${unit} more if all goes well from now on`
    return `never below ${percent(bound)} at this rate${without}`
  }
  const [fewest, most] = [requestsNeeded(stratum, low, bound, threshold), requestsNeeded(stratum, high, bound, threshold)]
  const range = `${fewest?.toLocaleString('en') ?? '?'} to ${most?.toLocaleString('en') ?? 'never'}`
  const total = stratum.counts.reduce((sum, count) => sum + count, 0)
  return `about ${likely.toLocaleString('en')} ${unit} more are needed (${range})${lasting(likely, total, spanMs)}`
}

/** How long so many more take, at the rate at which `total` came. */
export function lasting(more: number, total: number, spanMs: number | undefined): string {
  return spanMs === undefined || spanMs <= 0 || total <= 0 ? '' : `, about ${duration((more * spanMs) / total)} at this rate`
}

/** A share as people read it. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
