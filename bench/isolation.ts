import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { request } from 'undici'

/**
 * What a hung candidate costs the client: latency, and CPU of the edge, through a Banyan that mirrors to it, as a ratio to one that mirrors nothing, in rounds that
 * take turns. On a machine that others use as well the CPU is the figure to trust.
 * `node bench/isolation.ts [rounds]`
 */
const ROUNDS = Number(process.argv[2] ?? '5')
const REQUESTS = 1_500
const CONNECTIONS = 16
const BACKEND = `require('node:http').createServer((q, r) => { q.resume(); r.setHeader('content-type', 'application/json'); r.end('{"data":{"text":"' + 'x'.repeat(2000) + '"}}') }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'))
const backend = spawn(process.execPath, ['-e', BACKEND], { stdio: ['ignore', 'pipe', 'inherit'] })
const [line] = (await once(backend.stdout, 'data')) as [Buffer]
const legacy = `http://127.0.0.1:${line.toString().trim()}/graphql`
const hung = createServer(() => {}).listen(0, '127.0.0.1')
await once(hung, 'listening')
const candidate = `http://127.0.0.1:${(hung.address() as AddressInfo).port}/graphql`

const routers = [await start('plain', 0, 14_100), await start('hung', 1, 14_200)]
type Measured = Readonly<Record<'p50' | 'p99' | 'main' | 'other', number>>
const measurements: Record<string, Measured[]> = { plain: [], hung: [] }
for (let round = -1; round < ROUNDS; round += 1) {
  for (const { name, url, edge } of round % 2 === 0 ? routers : routers.toReversed()) {
    const before = cpuOf(edge)
    const latency = await load(url)
    const after = cpuOf(edge)
    const perRequest = (thread: 'main' | 'other'): number => ((after[thread] - before[thread]) * 1_000) / REQUESTS
    // The first round warms up.
    if (round >= 0) measurements[name]?.push({ ...latency, main: perRequest('main'), other: perRequest('other') })
  }
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const FIGURES = {
  p50: 'p50, ms',
  p99: 'p99, ms',
  main: 'CPU of the client path, ms a request',
  other: 'CPU of the other threads, ms a request',
} as const
for (const figure of ['p50', 'p99', 'main', 'other'] as const) {
  const [plain, mirrored] = ['plain', 'hung'].map((name) => median((measurements[name] ?? []).map((one) => one[figure])))
  const ratio = (mirrored ?? 0) / (plain ?? 1)
  console.log(
    `${FIGURES[figure]}: ${plain?.toFixed(3)} without a mirror, ${mirrored?.toFixed(3)} with a hung candidate, ratio ${ratio.toFixed(2)}`,
  )
}
for (const { child } of routers) {
  child.kill('SIGTERM')
  await once(child, 'exit')
}
backend.kill()
hung.close()
rmSync(folder, { recursive: true, force: true })
process.exit(0)

async function start(name: string, sample: number, port: number) {
  const config = join(folder, `${name}.yaml`)
  const backends = { legacy: { url: legacy }, candidate: { url: candidate } }
  writeFileSync(
    config,
    stringify({
      listen: { host: '127.0.0.1', port },
      admin: { port: port + 1 },
      backends,
      mirror: { sample },
      workers: 1,
      operations: [{ match: 'query:*', stage: 'shadow' }],
      store: { url: `pglite:${join(folder, name)}` },
    }),
  )
  const bin = new URL('../bin/banyan.js', import.meta.url).pathname
  const child = spawn(process.execPath, [bin, 'serve', '--config', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'error' },
  })
  while (
    !(await fetch(`http://127.0.0.1:${port + 1}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 100))
  return { name, url: `http://127.0.0.1:${port}/graphql`, child, edge: edgeOf(child.pid ?? 0) }
}

/** Process number of the one edge that a supervisor runs. */
function edgeOf(supervisor: number): number {
  const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'latin1').trim().split(' ').map(Number)
  const edge = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('banyan edge'))
  if (edge === undefined) throw new Error('no edge runs')
  return edge
}

/** CPU seconds of the main thread, and of all others together. */
function cpuOf(pid: number): { main: number; other: number } {
  const seconds = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
    const [user = '0', system = '0'] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return { isMain: Number(thread) === pid, seconds: (Number(user) + Number(system)) / 100 }
  })
  const sum = (isMain: boolean): number => seconds.reduce((all, one) => (one.isMain === isMain ? all + one.seconds : all), 0)
  return { main: sum(true), other: sum(false) }
}

async function load(url: string): Promise<{ p50: number; p99: number }> {
  const times: number[] = []
  const body = JSON.stringify({ query: 'query Bench { text }' })
  const one = async (): Promise<void> => {
    while (times.length < REQUESTS) {
      const at = performance.now()
      const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      await answer.body.dump()
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
  const sorted = times.toSorted((a, b) => a - b)
  return { p50: sorted[Math.floor(sorted.length * 0.5)] ?? 0, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 }
}
