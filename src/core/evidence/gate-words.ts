import { duration } from './duration.ts'
import type { Forecast, GateFigures } from './verdict.ts'

/** Figures that are not put into words yet. */
export type Unsaid = Omit<GateFigures, 'reason'>

/** Less than one in two millions is nothing that anybody reads. */
const LEAST = 5e-7

/** A share as people read it. */
export function percent(share: number): string {
  return `${Math.abs(share) < LEAST ? 0 : Number((share * 100).toPrecision(3))} %`
}

/** A count as people read it: those of a replay are averages. */
export function whole(count: number): number {
  return Math.round(count)
}

/** A share of events against its bound, in words. */
export function shareInWords(figures: Unsaid): string {
  const { verdict, bound, alpha = 0, lower, upper, counts, forecast } = figures
  if (counts.n === 0) return figures.gate === 'parity' ? 'no comparison yet' : 'nobody was asked yet'
  const says = countsInWords(figures)
  if (verdict === 'pass') return `${says}; below ${percent(bound)} with error ${percent(alpha)}`
  const range = lower === undefined || upper === undefined ? says : `${says} (${percent(lower)} to ${percent(upper)})`
  return `${range}; ${forecast === undefined ? `the bound is ${percent(bound)}` : forecastInWords(forecast, figures.of)}`
}

function countsInWords({ gate, of, counts }: Unsaid): string {
  const [n, failures] = [whole(counts.n), whole(counts.failures ?? 0)]
  const offsetting = counts.offsetting === undefined ? undefined : whole(counts.offsetting)
  if (gate === 'parity' && offsetting === undefined) return `${failures} of ${n} comparisons differ, noise included`
  if (gate === 'parity')
    return `${failures} of ${n} comparisons differ where legacy agrees with itself, and ${offsetting} differ in legacy alone`
  if (of === 'pairs') return `of ${n} requests the candidate alone failed ${failures} and legacy alone ${offsetting ?? 0}`
  return of === 'requests' ? `the candidate failed ${failures} of ${n} requests` : `${failures} of ${n} mirrored requests got no answer`
}

/** A quantile of latency against its bound, in words. */
export function quantileInWords({ gate, verdict, bound, lower = bound, of, counts: { n }, quantiles, forecast }: Unsaid): string {
  if (n === 0) return 'no latencies to compare yet'
  const says = `${gate} ${milliseconds(quantiles?.candidate)} against ${milliseconds(quantiles?.legacy)}`
  if (verdict === 'pass') return `${says}: at most ${bound} times`
  if (verdict === 'fail') return `${says}: more than ${lower} times`
  return `${says} in ${whole(n).toLocaleString('en')} ${of}${forecast === undefined ? '' : `; ${forecastInWords(forecast, of)}`}`
}

function forecastInWords(forecast: Forecast, unit: string): string {
  if (forecast.kind === 'never')
    return `${forecast.reason}${forecast.atBest === undefined ? '' : `; ${forecast.atBest.toLocaleString('en')} ${unit} more if all goes well from now on`}`
  const { requests = 0, fewest, most, seconds } = forecast
  const range = fewest === undefined ? '' : ` (${fewest.toLocaleString('en')} to ${most?.toLocaleString('en') ?? 'never'})`
  const time = seconds === undefined ? '' : `, about ${duration(seconds * 1_000)} at this rate`
  return `about ${requests.toLocaleString('en')} ${unit} more are needed${range}${time}`
}

function milliseconds(seconds: number | undefined): string {
  return seconds === undefined ? 'never' : `${Number((seconds * 1_000).toPrecision(3))} ms`
}
