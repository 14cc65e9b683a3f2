import { duration } from './duration.ts'
import { percent } from './gate-words.ts'
import type { Forecast, GateFigures, GateName } from './verdict.ts'

/** The columns of a table of gates, a row each. */
export const GATE_COLUMNS = ['gate', 'verdict', 'seen', 'between', 'bound', 'counted', 'e-value', 'until it passes'] as const

const NOTHING = '–'

/** How numbers of a gate are read. */
const UNITS: Readonly<Record<GateName, (value: number) => string>> = {
  parity: percent,
  errors: percent,
  p50: times,
  p95: times,
  p99: times,
  coverage: percent,
  keys: number,
  split: percent,
  soak: (seconds) => duration(seconds * 1_000),
  guard: percent,
}

/** Those of which there has to be enough; of the others there may be so much and no more. */
const LEAST: ReadonlySet<GateName> = new Set(['coverage', 'keys', 'soak'])

/** The figures of a gate as texts, in the order of `GATE_COLUMNS`. */
export function gateRow(figures: GateFigures): readonly string[] {
  const { gate, verdict, estimate, lower, upper, bound, forecast } = figures
  const inUnit = UNITS[gate]
  const end = (value: number | undefined): string => (value === undefined ? NOTHING : inUnit(value))
  const range = lower === undefined && upper === undefined ? NOTHING : `${end(lower)} to ${end(upper)}`
  const until = forecast === undefined ? NOTHING : untilInWords(forecast, figures.of)
  const side = gate === 'split' ? '=' : LEAST.has(gate) ? '≥' : '≤'
  return [gate, verdict, end(estimate), range, `${side} ${inUnit(bound)}`, counted(figures), weight(figures), until]
}

function counted({ counts: { n, failures, offsetting }, of }: GateFigures): string {
  const against = failures === undefined ? '' : `${number(failures)}${offsetting === undefined ? '' : ` − ${number(offsetting)}`} of `
  return `${against}${number(n)} ${of}`
}

/** The e-value, of a fail where that decided, against what it has to reach. */
function weight({ logE, logFail = logE, verdict, alpha }: GateFigures): string {
  const log = verdict === 'fail' ? logFail : logE
  return log === undefined || alpha === undefined ? NOTHING : `${power(log)} of ${number(Math.round(1 / alpha))}`
}

/** What grows without bound is told by its power of ten. */
function power(log: number): string {
  const exponent = log / Math.LN10
  return exponent < -3 || exponent >= 6 ? `10^${Math.floor(exponent)}` : String(Number(Math.exp(log).toPrecision(3)))
}

function untilInWords(forecast: Forecast, unit: string): string {
  if (forecast.kind === 'never') return forecast.reason
  const { requests, seconds } = forecast
  const texts = [
    ...(requests === undefined ? [] : [`${number(requests)} ${unit}`]),
    ...(seconds === undefined ? [] : [duration(seconds * 1_000)]),
  ]
  return `about ${texts.join(', ')}`
}

function times(value: number): string {
  return `${Number(value.toPrecision(3))}×`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
