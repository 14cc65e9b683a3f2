import type { Evidence } from './evidence.ts'
import { leastThat } from './forecast.ts'
import { quantileInWords, type Unsaid } from './gate-words.ts'
import { failuresOf, type Gates } from './gates.ts'
import { histogramCount, NEVER, quantile, type Buckets, type Histogram } from './histogram.ts'
import { pairedEvidence, twoArmEvidence, type Evident, type QuantileEvidence } from './latency.ts'
import { RATIOS, shiftOf, SLOW, SLOW_RATIOS, SLOWEST, type Ratio } from './pairs.ts'
import { failThreshold, falseFailOf, lasting } from './share.ts'
import type { Forecast, GateFigures } from './verdict.ts'

/** Requests of the same operation, region and time that legacy served, because their subjects are not at the step's stage yet. */
export interface OtherArm {
  /** Share of subjects that the candidate serves, 0 to 1. */
  readonly share: number
  readonly evidence: Evidence
}

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const
type Name = keyof typeof QUANTILES

interface Claimed {
  readonly count: number
  /** What there are so many of. */
  readonly of: GateFigures['of']
  readonly evidence: Evident
}

/**
 * Whether the candidate is fast enough, by each quantile that is asked for. Pairs come first, wherever there are any: they compare like with like, need a tenth of the requests, and
 * hold for subjects that keep their side. Two arms are for what is not mirrored.
 */
export function latencyGates(evidence: Evidence, gates: Gates, arm?: OtherArm, spanMs?: number): readonly GateFigures[] {
  const asked = Object.keys(QUANTILES).filter((name): name is Name => gates[name as Name] !== 'none') // the keys are the names
  const claimed = ofPairs(evidence) ?? (arm === undefined ? undefined : ofArms(evidence, arm))
  return asked.map((name) => {
    const ratio = gates[name] as Ratio // names without a ratio were left out
    const figures = claimed === undefined ? nothing(name, ratio, gates) : judgeQuantile(name, ratio, claimed, gates, spanMs)
    return { ...figures, reason: quantileInWords(figures) }
  })
}

/** Whether a quantile fails: what the gates would say of it, without the rest of their figures. */
export function latencyFails(evidence: Evidence, gates: Gates): boolean {
  const claimed = ofPairs(evidence)
  if (claimed === undefined) return false
  return Object.entries(QUANTILES).some(([name, q]) => {
    const ratio = gates[name as Name] // the keys are the names
    return ratio !== 'none' && isSlow(claimed, q, ratio, gates)
  })
}

/** Evidence that is less than the threshold need not be exact. */
function slowness({ evidence }: Claimed, q: number, bound: Ratio, gates: Gates): QuantileEvidence | undefined {
  const worst = bound > SLOW ? SLOWEST : SLOW
  return evidence.of({ quantile: q, shift: shiftOf(worst, 'above'), direction: 'above' }, failThreshold(gates))
}

function isSlow(claimed: Claimed, q: number, bound: Ratio, gates: Gates): boolean {
  return (slowness(claimed, q, bound, gates)?.logE ?? -Infinity) >= failThreshold(gates)
}

function nothing(gate: Name, bound: Ratio, { falsePass: alpha }: Gates): Unsaid {
  const forecast: Forecast = { kind: 'never', reason: 'nothing was timed yet' }
  return { gate, verdict: 'inconclusive', bound, of: 'pairs', counts: { n: 0 }, alpha, forecast }
}

function ofPairs({ pairs }: Evidence): Claimed | undefined {
  return pairs === undefined ? undefined : { count: histogramCount(pairs.legacy), of: 'pairs', evidence: pairedEvidence(pairs) }
}

function ofArms(evidence: Evidence, { share, evidence: other }: OtherArm): Claimed | undefined {
  const latency = { legacy: withFailures(other, 'legacy'), candidate: withFailures(evidence, 'candidate') }
  const [legacies, candidates] = [histogramCount(latency.legacy), histogramCount(latency.candidate)]
  if (legacies === 0 || candidates === 0 || share <= 0 || share >= 1) return undefined
  return { count: legacies + candidates, of: 'requests', evidence: twoArmEvidence(latency, share) }
}

/** What failed is slower than everything. */
function withFailures(evidence: Evidence, origin: 'legacy' | 'candidate'): Histogram {
  const failed = failuresOf(evidence, origin)
  return failed === 0 ? evidence.latency[origin] : { ...evidence.latency[origin], [NEVER]: failed }
}

function judgeQuantile(gate: Name, bound: Ratio, claimed: Claimed, gates: Gates, spanMs?: number): Unsaid {
  const { count, of, evidence } = claimed
  const q = QUANTILES[gate]
  const evidenceOf = (ratio: Ratio, direction: 'below' | 'above', enough?: number): QuantileEvidence | undefined =>
    evidence.of({ quantile: q, shift: shiftOf(ratio, direction), direction }, enough)
  const shows = (ratio: Ratio, direction: 'below' | 'above', threshold: number): boolean =>
    (evidenceOf(ratio, direction, threshold)?.logE ?? -Infinity) >= threshold
  const toPass = Math.log(1 / gates.falsePass)
  const fast = evidenceOf(bound, 'below')
  const slow = slowness(claimed, q, bound, gates)
  const verdict =
    fast !== undefined && fast.logE >= toPass ? 'pass' : slow !== undefined && slow.logE >= failThreshold(gates) ? 'fail' : 'inconclusive'
  // Only what pairs were counted by can be told. What is at most so many times legacy's is so by any greater ratio.
  const toKnow = Math.log(2 / gates.falsePass)
  const known = (fast?.logE ?? -Infinity) >= toKnow
  const upper = RATIOS.filter((ratio) => (known ? ratio <= bound : ratio > bound)).find(
    (ratio) => ratio === bound || shows(ratio, 'below', toKnow),
  )
  const lower = upper === RATIOS[0] ? undefined : SLOW_RATIOS.findLast((ratio) => shows(ratio, 'above', toKnow))
  const [candidate, legacy] = [quantileOf(evidence.latency.candidate, q), quantileOf(evidence.latency.legacy, q)]
  return {
    gate,
    verdict,
    ...(candidate === undefined || legacy === undefined ? {} : { estimate: candidate / legacy }),
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
    bound,
    of,
    counts: { n: count },
    alpha: verdict === 'fail' ? falseFailOf(gates) : gates.falsePass,
    ...(fast === undefined ? {} : { logE: fast.logE }),
    ...(slow === undefined || verdict !== 'fail' ? {} : { logFail: slow.logE }),
    quantiles: { ...(legacy === undefined ? {} : { legacy }), ...(candidate === undefined ? {} : { candidate }) },
    ...(verdict === 'inconclusive' ? { forecast: forecastOf(fast, bound, toPass, count, spanMs) } : {}),
  }
}

function forecastOf(fast: QuantileEvidence | undefined, bound: Ratio, toPass: number, count: number, spanMs: number | undefined): Forecast {
  const requests = fast === undefined ? undefined : leastThat((further) => fast.grown(1 + further / count) >= toPass)
  return requests === undefined
    ? { kind: 'never', reason: `never at most ${bound} times at these latencies` }
    : { kind: 'more', requests, ...lasting(requests, count, spanMs) }
}

/** In seconds; what never came has none. */
function quantileOf(buckets: Buckets, q: number): number | undefined {
  const seconds = quantile(buckets, q)
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : seconds
}
