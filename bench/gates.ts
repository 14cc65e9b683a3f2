import { shiftOf } from '../src/core/evidence/pairs.ts'
import { guardSettings } from '../src/core/rollout/guard.ts'
import {
  acrossAll,
  eachByItself,
  falseDiscoveries,
  fleetRun,
  meanOf,
  promotedBy,
  type FleetRule,
} from '../test/support/fleet-simulation.ts'
import {
  detectedAfter,
  ended,
  guardedAfter,
  reached,
  reachedByLatency,
  runs,
  timesOf,
  type LatencyTruth,
  type Truth,
} from '../test/support/simulation.ts'

/**
 * How often gates are wrong under continuous looking, how long they take to pass, and how soon the guard takes back: `node bench/gates.ts [times]` prints tables
 * beside the figures of the reference (its sections 6.1, 6.3, 6.4 and 6.7). `times` multiplies the runs; they are the same every time.
 */
const TIMES = Number(process.argv[2] ?? 1)
/** Legacy's failures, usually. */
const USUAL = 0.001

function row(...cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

function head(...cells: readonly string[]): void {
  console.log('')
  row(...cells)
  row(...cells.map(() => '---'))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

/** The tenth, fiftieth and ninetieth of a hundred runs. */
function spreadOf(values: readonly number[]): string {
  return [0.1, 0.5, 0.9].map((q) => values[Math.floor(q * values.length)] ?? Infinity).join(' / ')
}

const clean: Truth = { bad: 0, offsetting: 0, bound: 0.001, direction: 'below', most: 1_000_000 }

const WRONG: readonly (readonly [name: string, truth: Truth, reference: string])[] = [
  ['parity passes at its bound', { ...clean, bad: 0.001 }, '3.73 % / 0.65 %'],
  ['parity fails at its bound', { ...clean, bad: 0.001, direction: 'above' }, '3.45 % / 0.71 %'],
  ['failures pass at their bound', { ...clean, bad: 0.002, offsetting: 0.001 }, '3.90 % / 0.71 %'],
  ['failures fail at their bound', { ...clean, bad: 0.002, offsetting: 0.001, direction: 'above' }, '3.64 % / 0.76 %'],
  ['failures, ten times as many, pass', { ...clean, bad: 0.011, offsetting: 0.01, most: 200_000 }, '3.27 % / 0.69 %'],
]

head('truth exactly on the bound, a look at every request', 'error 5 % / 1 %', 'reference')
for (const [name, truth, reference] of WRONG) {
  const shares = [0.05, 0.01].map((alpha) =>
    percent(ended(runs(4_000 * TIMES, 1, (chance) => reached(chance, truth, Math.log(1 / alpha))))),
  )
  row(name, shares.join(' / '), reference)
}

const LATENCY: readonly (readonly [q: number, ratio: number])[] = [
  [0.5, 1.1],
  [0.95, 1.1],
  [0.99, 1.2],
]

const at = (over: Partial<LatencyTruth>): LatencyTruth => ({ factor: 1, spread: 0.6, correlation: 0.8, most: 30_000, ...over })

for (const [q, ratio] of LATENCY) {
  const claim = { quantile: q, shift: shiftOf(ratio, 'below'), direction: 'below' } as const
  const wrong = [0.05, 0.01].map((alpha) =>
    percent(
      ended(runs(200 * TIMES, 2, (chance) => reachedByLatency(chance, at({ factor: ratio, most: 10_000 }), claim, Math.log(1 / alpha)))),
    ),
  )
  row(
    `p${q * 100} of pairs passes at ${ratio} times`,
    wrong.join(' / '),
    { 0.5: '0.40 % / 0.10 %', 0.95: '0.45 % / 0.05 %', 0.99: '0.15 % / 0.00 %' }[q] ?? '',
  )
}

const DAY = 86_400
const ALARMS: readonly (readonly [share: number, rps: number, reference: string])[] = [
  [0.001, 20, '– / 0.50 %'],
  [0.01, 20, '– / 1.17 %'],
]
for (const [share, rps, reference] of ALARMS) {
  const wrong = [0.05, 0.01].map((alpha) =>
    percent(ended(runs(200 * TIMES, 6, (chance) => detectedAfter(chance, share, share, rps, DAY, Math.log(1 / alpha))))),
  )
  row(`the guard’s detector alarms in a day, ${percent(share)} at ${rps} a second`, wrong.join(' / '), reference)
}

head('requests to pass, error 1 %', 'p10 / p50 / p90', 'reference')
const PASSES: readonly (readonly [name: string, truth: Truth, reference: string])[] = [
  ['parity, nothing differs', clean, '5808 / 5808 / 5808'],
  ['parity, 0.01 % differ', { ...clean, bad: 0.0001 }, '5808 / 5808 / 14234'],
  ['parity, 0.03 % differ', { ...clean, bad: 0.0003 }, '5808 / 15909 / 27295'],
  ['parity, 0.05 % differ', { ...clean, bad: 0.0005 }, '12461 / 33445 / 68795'],
  ['failures, 0.05 % on each side', { ...clean, bad: 0.0005, offsetting: 0.0005 }, '5108 / 14495 / 26828'],
  ['failures, 0.2 % on each side', { ...clean, bad: 0.002, offsetting: 0.002 }, '15154 / 46351 / 91136'],
]
for (const [name, truth, reference] of PASSES)
  row(name, spreadOf(runs(300 * TIMES, 3, (chance) => reached(chance, truth, Math.log(100)))), reference)

const PACES: readonly (readonly [name: string, q: number, ratio: number, truth: LatencyTruth, reference: string])[] = [
  ['p50 at most 1.1 times, pairs', 0.5, 1.1, at({}), '564 / 1083 / 1741'],
  ['p95 at most 1.1 times, pairs', 0.95, 1.1, at({}), '1885 / 3845 / 7103'],
  ['p99 at most 1.2 times, pairs', 0.99, 1.2, at({}), '2438 / 4161 / 7103'],
]
for (const [name, q, ratio, truth, reference] of PACES) {
  const claim = { quantile: q, shift: shiftOf(ratio, 'below'), direction: 'below' } as const
  row(name, spreadOf(runs(20 * TIMES, 4, (chance) => reachedByLatency(chance, truth, claim, Math.log(100)))), reference)
}
const { correlation: _, ...alone } = at({})
const arms = runs(20 * TIMES, 4, (chance) =>
  reachedByLatency(chance, alone, { quantile: 0.5, shift: shiftOf(1.1, 'below'), direction: 'below' }, Math.log(100)),
)
row('p50 at most 1.1 times, two arms', spreadOf(arms), '2253 / 5073 / 8831')

head('seconds until the guard takes back, 500 cells, after an hour like any', 'p10 / p50 / p90', 'reference (p50 / p90)')
const TURNS: readonly (readonly [rps: number, share: number, reference: string])[] = [
  [1, 1, '10 / 15'],
  [1, 0.05, '180 / 295'],
  [1, 0.01, '1775 / 2805'],
  [10, 1, '5 / 5'],
  [10, 0.2, '20 / 25'],
  [10, 0.01, '530 / 735'],
]
for (const [rps, share, reference] of TURNS) {
  const seconds = runs(20 * TIMES, 5, (chance) => guardedAfter(chance, { rps, good: 3_600, usual: USUAL, share }, guardSettings(500)))
  row(`${rps} requests a second, failures ${percent(USUAL)} → ${percent(share)}`, spreadOf(seconds), reference)
}

head(
  '500 cells at once, a look a minute for a day',
  'rule',
  'false promotions a run',
  'false discoveries',
  'good ones in 6 h',
  'in 24 h',
  'median hours',
  'reference',
)
const FLEETS: readonly (readonly [bad: number, name: string, rule: FleetRule, reference: string])[] = [
  [0.1, 'each by itself', eachByItself, '0.10, 0.02 %, 71.3 %, 90.3 %, 1.72'],
  [0.1, 'e-BH', acrossAll, '0.33, 0.08 %, 75.9 %, 93.1 %, 1.57'],
  [0.5, 'each by itself', eachByItself, '0.53, 0.23 %, 71.0 %, 90.4 %, 1.77'],
  [0.5, 'e-BH', acrossAll, '0.93, 0.40 %, 73.3 %, 91.8 %, 1.77'],
  [1, 'each by itself', eachByItself, '1.23, 73.33 %, –, –, –'],
  [1, 'e-BH', acrossAll, '0.02, 1.67 %, –, –, –'],
]
for (const [bad, name, rule, reference] of FLEETS) {
  const campaigns = timesOf(20 * TIMES, 7, (chance) => fleetRun(chance, { cells: 500, bad, bound: 0.001, hours: 24 }, rule))
  const hours = campaigns.flatMap((one) => one.hours).toSorted((a, b) => a - b)
  const good = (hour: number): string => (bad === 1 ? '–' : percent(promotedBy(campaigns, hour)))
  row(
    `${percent(bad)} of them bad`,
    name,
    meanOf(campaigns.map(({ wrong }) => wrong)).toFixed(2),
    percent(falseDiscoveries(campaigns)),
    good(6),
    good(24),
    hours[Math.floor(hours.length / 2)]?.toFixed(2) ?? '–',
    reference,
  )
}
