import { CLASSES, SEVERITY } from '../comparison/comparison.ts'
import type { Stratum } from './bet.ts'
import { comparable, coverage, type Evidence, type Outcome, type RepeatCounts } from './evidence.ts'
import { percent, whole } from './gate-words.ts'
import { histogramCount } from './histogram.ts'
import type { Ratio } from './pairs.ts'
import { evidenceOfFail, failThreshold, judgeShare, type Share } from './share.ts'
import type { GateFigures } from './verdict.ts'

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
  /** How many different requests (operation, variables and client) have to have been compared; 0 asks for none. */
  readonly minKeys: number
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
  // A hundred cases are not all alike; fewer may be one client.
  minKeys: 100,
  // A day has every hour in it, the busiest too.
  soakMs: 86_400_000,
  // One wrong promotion in a hundred that should not have been.
  falsePass: 0.01,
  falseFail: 0.01,
}

/** What the candidate did in the requests that evidence counts; absent where it counts several stages. */
export type CandidateRole = 'primary' | 'shadow'

/**
 * Whether few enough comparisons differ, over what legacy differs from itself. A mismatch in which legacy disagreed with itself too says nothing; one that only legacy had is set against the
 * others, as often as chance left it out. Where legacy is asked nothing a second time that is the raw share: noise counts against the candidate, never for it.
 */
export function parityGate(evidence: Evidence, gates: Gates, spanMs?: number): GateFigures {
  return judgeShare(differing(evidence, gates), gates, spanMs)
}

function differing(evidence: Evidence, { mismatches: bound }: Gates): Share {
  return { gate: 'parity', strata: parityStrata(evidence), bound, of: 'comparisons', mayFail: true }
}

/** Whether parity or failures fail: what a gate would say of them, without the rest of its figures. */
export function sharesFail(evidence: Evidence, gates: Gates, compared: boolean, role?: CandidateRole): boolean {
  const shares = [...(compared ? [differing(evidence, gates)] : []), unanswered(evidence, gates, role)]
  return shares.some((share) => share.mayFail && evidenceOfFail(share) >= failThreshold(gates))
}

/** By the share of the requests that legacy was asked a second time; what was compared without that comes last. */
function parityStrata(evidence: Evidence): readonly Stratum[] {
  const controls = Object.entries(evidence.controls ?? {}).toSorted(([a], [b]) => Number(a) - Number(b))
  const within = (name: 'compared' | 'blocking'): number => controls.reduce((sum, [, counts]) => sum + (counts[name] ?? 0), 0)
  const all = countedComparisons(evidence)
  const [compared, blocking] = [all.compared - within('compared'), all.blocking - within('blocking')]
  const chosen = controls.map(([share, { compared: n = 0, blocking: all = 0, both = 0, alone = 0 }]): Stratum => {
    const events = all - both
    const isAsked = Number(share) > 0
    return isAsked
      ? { values: [1, -1 / Number(share), 0], counts: [events, alone, n - events - alone] }
      : { values: [1, 0], counts: [events, n - events] }
  })
  return [...chosen, ...(compared > 0 || chosen.length === 0 ? [{ values: [1, 0], counts: [blocking, compared - blocking] }] : [])]
}

/** Comparisons that are evidence, and those of them whose worst class blocks. What one client repeats is one event. */
export function countedComparisons({ outcomes, classes, repeats = {} }: Evidence): Required<RepeatCounts> {
  const blocking = CLASSES.filter((name) => SEVERITY[name] === 'block').reduce((sum, name) => sum + (classes[name] ?? 0), 0)
  return { compared: (outcomes.compared ?? 0) - (repeats.compared ?? 0), blocking: blocking - (repeats.blocking ?? 0) }
}

/**
 * Whether the candidate leaves few enough requests without an answer: more than legacy does, where both were asked the same; else of all there are. Where it is not
 * known who lost the answers, they can hold a pass back and prove nothing.
 */
export function errorGate(evidence: Evidence, gates: Gates, role?: CandidateRole, spanMs?: number): GateFigures {
  return judgeShare(unanswered(evidence, gates, role), gates, spanMs)
}

function unanswered(evidence: Evidence, { failures }: Gates, role: CandidateRole | undefined): Share {
  const paired = asPaired(evidence)
  const failing = paired ?? (role === 'primary' ? asPrimary(evidence) : asShadow(evidence))
  const { of, ...stratum } = failing
  return { gate: 'errors', strata: [stratum], bound: failures, of, mayFail: role !== undefined || paired !== undefined }
}

/**
 * Whether enough of what could have been compared was.
 * @param leftOut requests that could have been, of windows that count for nobody
 */
export function coverageGate(evidence: Evidence, { coverage: bound }: Gates, leftOut = 0): GateFigures {
  // What legacy's own disagreement excuses was asked and tells nothing.
  const excused = Object.values(evidence.controls ?? {}).reduce((sum, { both = 0 }) => sum + both, 0)
  const covered = coverage(evidence, leftOut, excused)
  const n = comparable(evidence) + leftOut
  const counts = { n, failures: n - (evidence.outcomes.compared ?? 0) + excused }
  const figures = { gate: 'coverage', bound, of: 'requests', counts, ...(covered === undefined ? {} : { estimate: covered }) } as const
  if (covered !== undefined && covered >= bound)
    return { ...figures, verdict: 'pass', reason: `${percent(covered)} of requests were compared` }
  const noise = excused === 0 ? '' : `; ${whole(excused)} differ where legacy differs from itself, too`
  const reason = `only ${percent(covered ?? 0)} of requests were compared${noise}; ${percent(bound)} are needed`
  return { ...figures, verdict: 'inconclusive', reason, forecast: { kind: 'never', reason: 'never at this coverage' } }
}

type Failing = Stratum & Pick<GateFigures, 'of'>

/** Requests that both were asked: what only the candidate failed counts against it, what only legacy failed for it. What it was spared it failed. */
function asPaired({ pairs, failures }: Evidence): Failing | undefined {
  if (pairs === undefined) return undefined
  const spared = failures['candidate:breaker'] ?? 0
  const legacy = pairs.failed.legacy ?? 0
  const candidate = (pairs.failed.candidate ?? 0) + spared
  const total = histogramCount(pairs.legacy) + spared
  return { values: [1, -1, 0], counts: [candidate, legacy, total - candidate - legacy], of: 'pairs' }
}

/** How requests end that the shadow answered. */
const ANSWERED: readonly Outcome[] = ['compared', 'not-comparable', 'race', 'near-write']

/** Only requests that legacy answered: where it failed too, nothing is known of the candidate. */
function asShadow({ outcomes }: Evidence): Failing {
  const events = (outcomes['shadow-failed'] ?? 0) + (outcomes['shadow-timeout'] ?? 0)
  const answered = ANSWERED.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0)
  return { values: [1, 0], counts: [events, answered], of: 'mirrored requests' }
}

function asPrimary(evidence: Evidence): Failing {
  const { requests } = evidence
  const events = failuresOf(evidence, 'candidate')
  return { values: [1, 0], counts: [events, requests - events], of: 'requests' }
}

/** Requests that an origin failed as the primary, for every cause but the client that went away before the answer. */
export function failuresOf({ failures, requests }: Evidence, origin: 'legacy' | 'candidate'): number {
  const all = Object.entries(failures).reduce((sum, [cause, count]) => sum + (cause.startsWith(`${origin}:`) ? count : 0), 0)
  return Math.min(all - (failures[`${origin}:aborted`] ?? 0), requests)
}
