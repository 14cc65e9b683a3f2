import { bet, interval, logSumExp, rate, type Stratum } from './bet.ts'
import { likelyShares, requestsNeeded, type Shares } from './forecast.ts'
import { percent, shareInWords } from './gate-words.ts'
import type { Gates } from './gates.ts'
import type { Forecast, GateFigures } from './verdict.ts'

/** Tests that can fail, three of them of latency: they share the chance of a false fail. Coverage and soak are no claims about the candidate. */
const FAILING_TESTS = 5

/** What evidence that something is bad has to reach, in logs. */
export function failThreshold(gates: Gates): number {
  return -Math.log(falseFailOf(gates))
}

/** The part of the chance of a false fail that each test has. */
export function falseFailOf({ falseFail }: Gates): number {
  return falseFail / FAILING_TESTS
}

/** A share of what was counted that speaks against the candidate. */
export interface Share extends Pick<GateFigures, 'of'> {
  readonly gate: 'parity' | 'errors'
  /** Each with what speaks against the candidate first and nothing last. */
  readonly strata: readonly Stratum[]
  readonly bound: number
  /** Whether what is counted can prove that it is bad; it can hold a pass back in any case. */
  readonly mayFail: boolean
}

/** Half of the stake on "above the bound", half on "above twice the bound", which shows sooner where things are bad. */
export function evidenceOfFail({ strata, bound }: Share): number {
  return logSumExp([bet(strata, bound, 'above'), rate(eventsOf(strata), countOf(strata), 2 * bound, 'above')]) + Math.log(0.5)
}

/**
 * A share of events against its bound. Not failing is no pass, and not passing is no fail: each is shown on its own.
 * @param spanMs how long the traffic took, in milliseconds; absent where nobody knows
 */
export function judgeShare(share: Share, gates: Gates, spanMs: number | undefined): GateFigures {
  const { gate, strata, bound, of, mayFail } = share
  const [n, failures] = [countOf(strata), eventsOf(strata)]
  const offset = strata.filter(({ counts }) => counts.length > 2).map(({ counts }) => counts[1] ?? 0)
  const offsetting = offset.length > 0 ? { offsetting: totalOf(offset) } : {}
  const logE = bet(strata, bound, 'below')
  const logFail = evidenceOfFail(share)
  const toPass = Math.log(1 / gates.falsePass)
  const verdict = logE >= toPass ? 'pass' : mayFail && logFail >= failThreshold(gates) ? 'fail' : 'inconclusive'
  const estimate = strata.reduce((sum, one) => sum + weighed(one), 0) / n
  const figures = {
    gate,
    verdict,
    ...(n === 0 ? {} : { estimate, ...interval(strata, gates.falsePass) }),
    bound,
    of,
    counts: { n, failures, ...offsetting },
    alpha: verdict === 'fail' ? falseFailOf(gates) : gates.falsePass,
    ...(n === 0 ? {} : { logE }),
    ...(verdict === 'fail' ? { logFail } : {}),
    ...(verdict === 'inconclusive' ? { forecast: forecastOf(strata, bound, toPass, spanMs) } : {}),
  } as const
  return { ...figures, reason: shareInWords(figures) }
}

/** How many more it takes if events go on coming as they did, and at the least where that is never. */
function forecastOf(strata: readonly Stratum[], bound: number, threshold: number, spanMs: number | undefined): Forecast {
  // What most was counted in is what goes on.
  const stratum = strata.reduce((most, one) => (totalOf(one.counts) > totalOf(most.counts) ? one : most))
  const others = strata.filter((one) => one !== stratum)
  const total = totalOf(stratum.counts)
  const needed = (shares: Shares): number | undefined => requestsNeeded(stratum, shares, bound, threshold, others)
  const { low, mid, high } = likelyShares(stratum.counts)
  const likely = total === 0 ? undefined : needed(mid)
  if (likely === undefined) {
    const atBest = needed([...stratum.counts.slice(1).map(() => 0), 1])
    const reason = total === 0 ? 'nothing was counted yet' : `never below ${percent(bound)} at this rate`
    return { kind: 'never', reason, ...(atBest === undefined ? {} : { atBest }) }
  }
  const [fewest, most] = [needed(low), needed(high)]
  return {
    kind: 'more',
    requests: likely,
    ...(fewest === undefined ? {} : { fewest }),
    ...(most === undefined ? {} : { most }),
    ...lasting(likely, total, spanMs),
  }
}

function countOf(strata: readonly Stratum[]): number {
  return strata.reduce((sum, { counts }) => sum + totalOf(counts), 0)
}

/** Those that speak against the candidate. */
function eventsOf(strata: readonly Stratum[]): number {
  return strata.reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0)
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

function weighed({ values, counts }: Stratum): number {
  return values.reduce((sum, value, i) => sum + value * (counts[i] ?? 0), 0)
}

/** How long so many more take, at the rate at which `total` came. */
export function lasting(more: number, total: number, spanMs: number | undefined): { readonly seconds?: number } {
  return spanMs === undefined || spanMs <= 0 || total <= 0 ? {} : { seconds: Math.ceil((more * spanMs) / total / 1_000) }
}
