import type { Kilobytes } from './answers.ts'
import type { Load, Run } from './measure.ts'

type Where = Pick<Load, 'kind' | 'size' | 'connections'>
type Find = (name: string, where: Where) => Run | undefined

/** What the product promises, each a ratio of two figures of one run. */
interface Target {
  readonly says: string
  readonly where: Where
  /** `undefined` where somebody was not measured. */
  readonly value: (run: (name: string) => Run) => number
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
}

const saturated = (connections: number, size: Kilobytes = 2): Where => ({ kind: 'saturated', size, connections })
const RATE: Where = { kind: 'rate', size: 2, connections: 16 }
const [BARE, FORWARD, EQUAL, NGINX] = ['node:http + undici', 'Banyan, forward only', 'Banyan, equal', 'nginx proxy_pass']

/** The same for 16 and for 64 connections. */
function both(says: string, value: Target['value'], bound: Target['bound']): readonly Target[] {
  return [16, 64].map((connections) => ({ says: `${says}, ${connections} connections`, where: saturated(connections), value, bound }))
}

const TARGETS: readonly Target[] = [
  ...both('forward only: throughput against node:http + undici', (run) => run(FORWARD).perSecond / run(BARE).perSecond, { atLeast: 0.9 }),
  ...both('forward only: CPU of the main thread against node:http + undici', (run) => run(FORWARD).mainCpu / run(BARE).mainCpu, {
    atMost: 1.1,
  }),
  ...both('forward only: throughput against nginx proxy_pass', (run) => run(FORWARD).perSecond / run(NGINX).perSecond, { atLeast: 0.35 }),
  ...both('forward only: throughput against Hive Gateway', (run) => run(FORWARD).perSecond / run('Hive Gateway').perSecond, {
    atLeast: 10,
  }),
  ...both('mirror and compare: throughput against forward only', (run) => run(EQUAL).perSecond / run(FORWARD).perSecond, { atLeast: 0.9 }),
  ...both('mirror and compare: CPU of the main thread against forward only', (run) => run(EQUAL).mainCpu / run(FORWARD).mainCpu, {
    atMost: 1.3,
  }),
  ...both('mirror and compare: throughput against nginx + mirror', (run) => run(EQUAL).perSecond / run('nginx + mirror').perSecond, {
    atLeast: 1,
  }),
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
    value: (run: (name: string) => Run) =>
      (run(EQUAL)[quantile] - run('direct')[quantile]) / (run(NGINX)[quantile] - run('direct')[quantile]),
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

/** Every target with what was measured. */
export function targetsOf(find: Find): string {
  const rows = TARGETS.flatMap(({ says, where, value, bound }) => {
    const names = new Set<string>()
    const seen = (name: string): Run => {
      const run = find(name, where)
      if (run === undefined) names.add(name)
      return run ?? NOTHING
    }
    const ratio = value(seen)
    if (names.size > 0) return []
    const isMet = 'atLeast' in bound ? ratio >= bound.atLeast : ratio <= bound.atMost
    const wanted = 'atLeast' in bound ? `≥ ${round(bound.atLeast)}` : `≤ ${round(bound.atMost)}`
    return [`| ${says} | ${wanted} | ${round(ratio)} | ${isMet ? 'yes' : '**no**'} |`]
  })
  return ['| target | wanted | measured | met |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

const NOTHING: Run = {
  requests: 0,
  perSecond: 0,
  failed: 0,
  p50: 0,
  p99: 0,
  p999: 0,
  mainCpu: 0,
  allCpu: 0,
  measuredCore: 0,
  loadCore: 0,
  memory: 0,
  compared: 0,
}

function round(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2)
}
