import type { Evidence } from './evidence.ts'
import { leastThat } from './forecast.ts'
import { failThreshold, failuresOf, lasting, type Gates, type Verdict } from './gates.ts'
import { histogramCount, NEVER, quantile, type Histogram } from './histogram.ts'
import { pairedEvidence, twoArmEvidence, type Evident } from './latency.ts'
import { shiftOf, SLOW, SLOWEST, type Ratio } from './pairs.ts'

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
  /** What there are so many of, in the plural. */
  readonly unit: string
  readonly evidence: Evident
}

/**
 * Whether the candidate is fast enough. Pairs come first, wherever there are any: they compare like with like, need a tenth of the requests, and hold for
 * subjects that keep their side. Two arms are for what is not mirrored.
 */
export function latencyGate(evidence: Evidence, gates: Gates, arm?: OtherArm, spanMs?: number): Verdict {
  const asked = Object.keys(QUANTILES).filter((name): name is Name => gates[name as Name] !== 'none') // the keys are the names
  if (asked.length === 0) return { verdict: 'pass', reason: 'no latency is asked for', logE: Infinity }
  const claimed = ofPairs(evidence) ?? (arm === undefined ? undefined : ofArms(evidence, arm))
  if (claimed === undefined) return { verdict: 'inconclusive', reason: 'no latencies to compare yet' }
  const verdicts = asked.map((name) => judgeQuantile(name, claimed, gates, spanMs))
  const logE = Math.min(...verdicts.map((one) => one.logE ?? -Infinity))
  const told = verdicts.find(({ verdict }) => verdict === 'fail') ?? verdicts.find(({ verdict }) => verdict === 'inconclusive')
  return told === undefined ? { verdict: 'pass', reason: verdicts.map(({ reason }) => reason).join(', '), logE } : { ...told, logE }
}

function ofPairs({ pairs }: Evidence): Claimed | undefined {
  return pairs === undefined ? undefined : { count: histogramCount(pairs.legacy), unit: 'pairs', evidence: pairedEvidence(pairs) }
}

function ofArms(evidence: Evidence, { share, evidence: other }: OtherArm): Claimed | undefined {
  const latency = { legacy: withFailures(other, 'legacy'), candidate: withFailures(evidence, 'candidate') }
  const [legacies, candidates] = [histogramCount(latency.legacy), histogramCount(latency.candidate)]
  if (legacies === 0 || candidates === 0 || share <= 0 || share >= 1) return undefined
  return { count: legacies + candidates, unit: 'requests', evidence: twoArmEvidence(latency, share) }
}

/** What failed is slower than everything. */
function withFailures(evidence: Evidence, origin: 'legacy' | 'candidate'): Histogram {
  const failed = failuresOf(evidence, origin)
  return failed === 0 ? evidence.latency[origin] : { ...evidence.latency[origin], [NEVER]: failed }
}

function judgeQuantile(name: Name, { count, unit, evidence: { latency, of } }: Claimed, gates: Gates, spanMs?: number): Verdict {
  const ratio = gates[name] as Ratio // names without a ratio were left out
  const q = QUANTILES[name]
  const says = `${name} ${milliseconds(quantile(latency.candidate, q))} against ${milliseconds(quantile(latency.legacy, q))}`
  const toPass = Math.log(1 / gates.falsePass)
  const fast = of({ quantile: q, shift: shiftOf(ratio, 'below'), direction: 'below' })
  const logE = fast?.logE ?? -Infinity
  if (logE >= toPass) return { verdict: 'pass', reason: `${says}: at most ${ratio} times`, logE }
  const worst = ratio > SLOW ? SLOWEST : SLOW
  const slow = of({ quantile: q, shift: shiftOf(worst, 'above'), direction: 'above' })
  if (slow !== undefined && slow.logE >= failThreshold(gates)) return { verdict: 'fail', reason: `${says}: more than ${worst} times`, logE }
  const more = fast === undefined ? undefined : leastThat((further) => fast.grown(1 + further / count) >= toPass)
  const forecast =
    more === undefined
      ? `never at most ${ratio} times at these latencies`
      : `about ${more.toLocaleString('en')} ${unit} more are needed${lasting(more, count, spanMs)}`
  return { verdict: 'inconclusive', reason: `${says} in ${count.toLocaleString('en')} ${unit}; ${forecast}`, logE }
}

function milliseconds(seconds: number | undefined): string {
  return seconds === undefined || !Number.isFinite(seconds) ? 'never' : `${Number((seconds * 1_000).toPrecision(3))} ms`
}
