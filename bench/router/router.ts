import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeSection } from '../page.ts'
import { SIZES, writeAnswers } from './answers.ts'
import { startBackends } from './backends.ts'
import { CONTENDERS, HIVE_FOLDER, type Contender } from './contenders.ts'
import { measure, sleep, wake, type Load, type Run } from './measure.ts'
import { PARTS } from './parts.ts'
import { stop } from './processes.ts'
import { headed, titleOf } from './report.ts'
import { targetsOf } from './targets.ts'

/**
 * What routing, mirroring and comparing cost the client, beside other routers, in rounds that take turns on one core, with the load and the backends on the other:
 * `node bench/router/router.ts [--part routers|faults|edges] [--rounds 5] [--seconds 2] [--only 'NAME;NAME'] [--loads saturated,rate] [--sizes 2,20] [--connections 1,16,64] [--write]`.
 * Needs Linux with two cores, taskset, and nginx, HAProxy, wrk and PostgreSQL of Debian; Hive Gateway where `HIVE_GATEWAY` names a folder in which it is installed. With `--write` the figures go to docs/performance.md.
 */
const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'routers' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string' },
    loads: { type: 'string', default: 'saturated,rate' },
    sizes: { type: 'string' },
    connections: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const part = PARTS[values.part]
if (part === undefined) throw new Error(`no part is called ${values.part}; there are ${Object.keys(PARTS).join(', ')}`)
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
/** At a fixed rate there is less to see in a second. */
const RATE_SECONDS = 4
/** The first port of the contenders. */
const PORT = 19_500

const sizes = SIZES.filter((size) => (values.sizes ?? part.sizes).split(',').includes(String(size)))
const loads: readonly Load[] = [
  ...sizes.flatMap((size) =>
    (values.connections ?? part.connections)
      .split(',')
      .map(Number)
      .map((connections): Load => ({ kind: 'saturated', size, connections, seconds })),
  ),
  ...sizes.map((size): Load => ({ kind: 'rate', size, rate: 1_000, connections: 16, seconds: Math.max(RATE_SECONDS, 2 * seconds) })),
].filter(({ kind }) => values.loads.split(',').includes(kind))

const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'))
writeAnswers(folder)
const backends = await startBackends(folder)
const contenders: Contender[] = []
try {
  const names = values.only?.split(';') ?? part.contenders.filter((name) => name !== 'Hive Gateway' || HIVE_FOLDER !== undefined)
  for (const [index, name] of names.entries()) {
    const contender = await CONTENDERS[name]?.(folder, PORT + 10 * index)
    if (contender === undefined) throw new Error(`nobody is called ${name}`)
    sleep(contender)
    contenders.push(contender)
  }
  const runs = new Map<string, Run[]>()
  for (const load of loads) {
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const key = keyOf(contender.name, load)
        runs.set(key, [...(runs.get(key) ?? []), await measure(contender, backends.pid ?? 0, folder, load)])
      }
    }
    console.log(`\n${tableOf(load, runs)}`)
  }
  const targets = targetsOf((name, load) => medianOf(runs.get(keyOf(name, load)) ?? []))
  console.log(`\n${targets}`)
  if (values.write)
    writeSection(
      values.part,
      [
        `Node ${process.versions.node}, ${rounds} rounds of ${seconds} s, of ${Math.max(RATE_SECONDS, 2 * seconds)} s at a fixed rate.`,
        ...loads.map((load) => tableOf(load, runs)),
        targets,
      ].join('\n\n'),
    )
} finally {
  for (const contender of contenders) {
    wake(contender)
    if (contender.child !== undefined) await stop(contender.child)
  }
  await stop(backends)
  rmSync(folder, { recursive: true, force: true })
}

function keyOf(name: string, { kind, size, connections }: Pick<Load, 'kind' | 'size' | 'connections'>): string {
  return `${name} ${kind} ${size} ${connections}`
}

function tableOf(load: Load, runs: ReadonlyMap<string, readonly Run[]>): string {
  const rows = contenders.map(({ name }) => ({ name, run: medianOf(runs.get(keyOf(name, load)) ?? []) }))
  return `### ${titleOf(load)}\n\n${headed(load, rows)}`
}

/** The median of each figure. */
function medianOf(runs: readonly Run[]): Run | undefined {
  const [first] = runs
  if (first === undefined) return undefined
  const figures = Object.keys(first) as (keyof Run)[] // all of a run are numbers
  const medians = figures.map((figure) => [figure, runs.map((run) => run[figure]).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)]])
  return Object.fromEntries(medians) as Run
}
