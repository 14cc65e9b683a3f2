import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { writeSection } from '../page.ts'
import { SIZES, writeAnswers } from './answers.ts'
import { startBackends } from './backends.ts'
import { budgetOf } from './budget.ts'
import { CONTENDERS, HIVE_FOLDER, type Contender } from './contenders.ts'
import { measure, sleep, wake, type Load } from './measure.ts'
import { PARTS } from './parts.ts'
import { CORE_COUNT, stop } from './processes.ts'
import { tableOf, titleOf, type Row } from './report.ts'
import { Rounds } from './spread.ts'
import { isJudged, targetsOf } from './targets.ts'

/**
 * What routing, mirroring and comparing cost the client, beside other routers, in rounds that take turns on one core, with the load and the backends on the other:
 * `node bench/router/router.ts [--part routers|faults|edges] [--rounds 5] [--instances 3] [--seconds 2] [--only 'NAME;NAME'] [--loads saturated,rate] [--sizes 2,20] [--connections 1,16,64] [--write]`.
 * Everybody is started `--instances` times, and the rounds are shared among them: two processes of one program differ by more than many a target asks. A load that no target is judged by has one round for each.
 * Needs Linux with two cores, taskset, and nginx, HAProxy, wrk and PostgreSQL of Debian; Hive Gateway where `HIVE_GATEWAY` names a folder in which it is installed. With `--write` the figures go to docs/performance.md.
 */
const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'routers' },
    rounds: { type: 'string', default: '5' },
    instances: { type: 'string', default: '3' },
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
const instances = Math.min(rounds, Number(values.instances))
const seconds = Number(values.seconds)
/** At a fixed rate there is less to see in a second. */
const rateSeconds = Math.max(4, 2 * seconds)
/** What a process compiles once in its life, a Banyan the WebAssembly of its embedded store among it, is compiled by then. */
const SETTLING_MS = 30_000
/** The first port of the contenders, and how many each start of them all may take. */
const [PORT, PORTS] = [19_500, 200]

const names = values.only?.split(';') ?? part.contenders.filter((name) => name !== 'Hive Gateway' || HIVE_FOLDER !== undefined)
const sizes = SIZES.filter((size) => (values.sizes ?? part.sizes).split(',').includes(String(size)))
const connectionCounts = (values.connections ?? part.connections).split(',').map(Number)
const loads: readonly Load[] = [
  ...sizes.flatMap((size) => connectionCounts.map((connections): Load => ({ kind: 'saturated', size, connections, seconds }))),
  ...sizes.map((size): Load => ({ kind: 'rate', size, rate: 1_000, connections: 16, seconds: rateSeconds })),
].filter(({ kind }) => values.loads.split(',').includes(kind))

const text = CORE_COUNT < part.cores ? notMeasured(part.cores) : reportOf(await measureAll())
console.log(`\n${text}`)
if (values.write) writeSection(values.part, text)

async function measureAll(): Promise<Rounds> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'))
  writeAnswers(folder)
  const backends = await startBackends(folder)
  const measured = new Rounds()
  try {
    for (let instance = 0; instance < instances; instance += 1) {
      const contenders: Contender[] = []
      try {
        await startAll(contenders, join(folder, String(instance)), PORT + PORTS * instance)
        for (const load of loads) {
          for (let round = instance; round < roundsOf(load); round += instances) {
            for (const contender of round % 2 === 0 ? contenders : contenders.toReversed())
              measured.add(contender.name, load, await measure(contender, backends, folder, load))
          }
          console.log(`${Math.round(performance.now() / 1e3)} s: start ${instance + 1} of ${instances}, ${titleOf(load)}`)
        }
      } finally {
        contenders.forEach(wake)
        await Promise.all(contenders.flatMap(({ child }) => (child === undefined ? [] : [stop(child)])))
      }
    }
  } finally {
    await Promise.all([stop(backends.legacy), stop(backends.candidates)])
    rmSync(folder, { recursive: true, force: true })
  }
  return measured
}

/** @param contenders gets each as soon as it runs, so that it can be ended if a later one fails */
async function startAll(contenders: Contender[], folder: string, firstPort: number): Promise<void> {
  mkdirSync(folder)
  for (const [index, name] of names.entries()) {
    const contender = await CONTENDERS[name]?.(folder, firstPort + 10 * index)
    if (contender === undefined) throw new Error(`nobody is called ${name}`)
    contenders.push(contender)
  }
  await pause(SETTLING_MS)
  contenders.forEach(sleep)
}

function roundsOf(load: Load): number {
  return isJudged(load) ? rounds : instances
}

function reportOf(measured: Rounds): string {
  const rowsOf = (load: Load): readonly Row[] =>
    names.map((name) => ({
      name,
      run: measured.median(name, load),
      againstNginx: measured.each(load, (run) => run(name).perSecond / run('nginx proxy_pass').perSecond)?.median,
    }))
  return [
    `Node ${process.versions.node}, ${CORE_COUNT} cores; ${instances} processes of each, ${rounds} rounds of ${seconds} s, of ${rateSeconds} s at a fixed rate${loads.every(isJudged) ? '' : `; ${instances} rounds where nothing is promised`}.`,
    ...loads.map((load) => tableOf(load, rowsOf(load))),
    ...loads.filter((load) => load.kind === 'saturated' && isJudged(load)).map((load) => budgetOf(load, rowsOf(load))),
    targetsOf(measured),
  ].join('\n\n')
}

function notMeasured(cores: number): string {
  return `Not measured: two edges need a core each, and so do the load and the backends, ${cores} in all; this machine has ${CORE_COUNT}. On fewer, the second edge takes its core from the load, and the ratio would say how they share it and not what a second edge brings.`
}
