import type { Kilobytes } from './answers.ts'
import { tableFrom } from './figures.ts'
import type { Run } from './measure.ts'
import type { Rounds, Spread, Where } from './spread.ts'

/** What the product promises, most of it a ratio of two figures of one round. */
interface Target {
  readonly says: string
  readonly where: Where
  readonly value: (run: (name: string) => Run) => number
  /** A reason is no promise: it stands beside a figure that is judged, to tell what it comes from. */
  readonly bound: { readonly atLeast: number } | { readonly atMost: number } | 'reason'
}

const saturated = (connections: number, size: Kilobytes = 2): Where => ({ kind: 'saturated', size, connections })
const RATE: Where = { kind: 'rate', size: 2, connections: 16 }
const [BARE, FORWARD, EQUAL, NGINX] = ['node:http + undici', 'Banyan, forward only', 'Banyan, equal', 'nginx proxy_pass']

/** The same for 16 and for 64 connections. */
function both(says: string, value: Target['value'], bound: Target['bound']): readonly Target[] {
  return [16, 64].map((connections) => ({ says: `${says}, ${connections} connections`, where: saturated(connections), value, bound }))
}

/** Throughput if the client's core were the limit, and not the one that the load, the backends and the shadow thread share. */
function carriedAgainst(name: string, other: string): Target['value'] {
  return (run) => run(other).clientCpu / run(name).clientCpu
}

const TARGETS: readonly Target[] = [
  ...both('forward only: throughput against node:http + undici', (run) => run(FORWARD).perSecond / run(BARE).perSecond, { atLeast: 0.9 }),
  ...both('forward only: CPU of the main thread against node:http + undici', (run) => run(FORWARD).mainCpu / run(BARE).mainCpu, {
    atMost: 1.1,
  }),
  ...both('forward only: throughput against nginx proxy_pass', (run) => run(FORWARD).perSecond / run(NGINX).perSecond, { atLeast: 0.35 }),
  ...both('forward only: what its core carries against nginx proxy_pass', carriedAgainst(FORWARD, NGINX), 'reason'),
  ...both('forward only: throughput against Hive Gateway', (run) => run(FORWARD).perSecond / run('Hive Gateway').perSecond, {
    atLeast: 10,
  }),
  ...both('mirror and compare: throughput against forward only', (run) => run(EQUAL).perSecond / run(FORWARD).perSecond, { atLeast: 0.9 }),
  ...both('mirror and compare: what its core carries against forward only', carriedAgainst(EQUAL, FORWARD), 'reason'),
  ...both('mirror and compare: CPU of the main thread against forward only', (run) => run(EQUAL).mainCpu / run(FORWARD).mainCpu, {
    atMost: 1.3,
  }),
  ...both('mirror and compare: throughput against nginx + mirror', (run) => run(EQUAL).perSecond / run('nginx + mirror').perSecond, {
    atLeast: 1,
  }),
  ...both('mirror and compare: what its core carries against nginx + mirror', carriedAgainst(EQUAL, 'nginx + mirror'), 'reason'),
  ...both('mirror and compare: share compared', (run) => run(EQUAL).compared, { atLeast: 0.95 }),
  {
    says: 'mirror and compare: p99 at 1,000/s against forward only',
    where: RATE,
    value: (run) => run(EQUAL).p99 / run(FORWARD).p99,
    bound: { atMost: 1.1 },
  },
  {
    says: 'mirror and compare, shadow hung: p99 at 1,000/s against nginx with a hung mirror',
    where: RATE,
    value: (run) => run('Banyan, shadow hung').p99 / run('nginx + mirror, hung').p99,
    bound: { atMost: 0.1 },
  },
  ...(['p50', 'p99'] as const).map((quantile) => ({
    says: `mirror and compare: ${quantile} added over direct at 1,000/s against what nginx adds`,
    where: RATE,
    value: (run: (name: string) => Run) => {
      // Whoever adds nothing in a round may be faster than direct in it, which is chance and no merit.
      const [ours, theirs] = [EQUAL, NGINX].map((name) => Math.max(0, run(name)[quantile] - run('direct')[quantile]))
      return ours === 0 ? 0 : (ours ?? 0) / (theirs ?? 0)
    },
    bound: { atMost: 1.5 },
  })),
  ...['hung', 'dead', 'saturated']
    .map((what) => `Banyan, shadow ${what}`)
    .concat('Banyan, database down', 'Banyan, telemetry hung')
    .flatMap((name): readonly Target[] => [
      {
        says: `${name}: throughput against forward only`,
        where: saturated(16),
        value: (run) => run(name).perSecond / run(FORWARD).perSecond,
        bound: { atLeast: 1 / 1.05 },
      },
      {
        says: `${name}: p99 at 1,000/s against forward only`,
        where: RATE,
        value: (run) => run(name).p99 / run(FORWARD).p99,
        bound: { atMost: 1.05 },
      },
    ]),
  {
    says: 'two edges: throughput against one (where there are cores for both, the load and the backends)',
    where: saturated(64),
    value: (run) => run('Banyan, two edges').perSecond / run(FORWARD).perSecond,
    bound: { atLeast: 1.7 },
  },
  { says: 'memory of an edge under load, MiB', where: saturated(64), value: (run) => run(EQUAL).memory, bound: { atMost: 150 } },
]

/** Whether anything is promised for a load. */
export function isJudged({ kind, size, connections }: Where): boolean {
  return TARGETS.some(({ where }) => where.kind === kind && where.size === size && where.connections === connections)
}

/** Every target with what was measured: the median over the rounds, and where the half of them lies that is nearest to it. */
export function targetsOf(rounds: Rounds): string {
  const rows = TARGETS.flatMap(({ says, where, value, bound }) => {
    const seen = rounds.each(where, value)
    if (seen === undefined) return []
    return [[says, ...judged(seen, bound)]]
  })
  return tableFrom(['target', 'wanted', 'measured', 'half of the rounds', 'met'], rows)
}

function judged(seen: Spread, bound: Target['bound']): readonly string[] {
  const figures = [round(seen.median), `${round(seen.low)} to ${round(seen.high)}`]
  if (bound === 'reason') return ['–', ...figures, '–']
  const isLeast = 'atLeast' in bound
  const wanted = isLeast ? bound.atLeast : bound.atMost
  const isMet = isLeast ? seen.median >= wanted : seen.median <= wanted
  const isUnsure = seen.low < wanted && wanted < seen.high
  return [`${isLeast ? '≥' : '≤'} ${round(wanted)}`, ...figures, `${isMet ? 'yes' : '**no**'}${isUnsure ? ', unsure' : ''}`]
}

function round(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2)
}
