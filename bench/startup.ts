import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeSection } from './page.ts'
import { cpuOf, stop, threadsOf, tree } from './router/processes.ts'

/**
 * How long `banyan serve` takes from its start until `/readyz` is ok and the first request is answered, in rounds that take turns, beside the least that a start of
 * Node takes on the machine: `node bench/startup.ts [--rounds 5] [--write]`. Run `npm run build` before; with `--write` the figures go to docs/performance.md.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } } })
const ROUNDS = Number(values.rounds)
const [PORT, ADMIN] = [19_750, 19_751]
const JSON_BODY = { 'content-type': 'application/json' }
const LOOK_MS = 5
const TRIES_MS = 60_000
const BUNDLE = new URL('../bin/banyan.js', import.meta.url).pathname
const SOURCE = new URL('../src/main.ts', import.meta.url).pathname

/** Milliseconds from the start, and of processor time of the whole tree until it was ready. */
interface Start {
  readonly ready: number
  readonly answered: number
  readonly cpu: number
}

const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'))
const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const backend = createServer((socket) => socket.on('error', () => {}).on('data', () => socket.write(answer))).listen(0, '127.0.0.1')
await once(backend, 'listening')
const { port } = backend.address() as AddressInfo
const existing = join(folder, 'existing')
await started(BUNDLE, existing)

let fresh = 0
const STARTS: Readonly<Record<string, () => Promise<Start>>> = {
  'node -e 0': bare,
  'bundle, existing store': () => started(BUNDLE, existing),
  'bundle, new store': () => started(BUNDLE, join(folder, `new-${(fresh += 1)}`)),
  'source, existing store': () => started(SOURCE, existing),
}
const seen = new Map<string, Start[]>()
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(STARTS)) seen.set(name, [...(seen.get(name) ?? []), await run()])
}
backend.close()
rmSync(folder, { recursive: true, force: true })

const least = medianOf('node -e 0', 'ready')
const rows = Object.keys(STARTS).map((name) => {
  const figures = (['ready', 'answered', 'cpu'] as const).map((figure) => medianOf(name, figure))
  return `| ${[name, ...figures.map((figure) => figure.toFixed(0)), ((figures[0] ?? 0) / least).toFixed(1)].join(' | ')} |`
})
const table = [
  '| start | ready, ms | first answer, ms | CPU of the tree, ms | x bare Node |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
].join('\n')
console.log(table)
if (values.write) writeSection('startup', `Node ${process.versions.node}, medians of ${ROUNDS} rounds.\n\n${table}`)
process.exit(0)

function medianOf(name: string, figure: keyof Start): number {
  const sorted = (seen.get(name) ?? []).map((start) => start[figure]).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

async function bare(): Promise<Start> {
  const at = performance.now()
  await once(spawn(process.execPath, ['-e', '0']), 'exit')
  const ended = performance.now() - at
  return { ready: ended, answered: ended, cpu: 0 }
}

async function started(program: string, store: string): Promise<Start> {
  const backends = ['--legacy', `http://127.0.0.1:${port}/graphql`, '--candidate', `http://localhost:${port}/graphql`]
  const places = ['--host', '127.0.0.1', '--port', String(PORT), '--admin-port', String(ADMIN), '--store', `pglite:${store}`]
  const at = performance.now()
  const child = spawn(process.execPath, [program, 'serve', ...backends, ...places, '--workers', '1'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: folder,
    env: { ...process.env, LOG_LEVEL: 'error' },
  })
  try {
    const [ready, answered] = await Promise.all([
      succeeded(child, at, () => fetch(`http://127.0.0.1:${ADMIN}/readyz`)),
      succeeded(child, at, () =>
        fetch(`http://127.0.0.1:${PORT}/graphql`, { method: 'POST', headers: JSON_BODY, body: '{"query":"{ a }"}' }),
      ),
    ])
    return { ready, answered, cpu: cpuOfTree(child) }
  } finally {
    await stop(child)
  }
}

function cpuOfTree({ pid = 0 }: ChildProcess): number {
  return tree(pid)
    .flatMap(threadsOf)
    .reduce((sum, thread) => sum + cpuOf(thread) * 1_000, 0)
}

async function succeeded(child: ChildProcess, at: number, ask: () => Promise<Response>): Promise<number> {
  while (performance.now() - at < TRIES_MS && child.exitCode === null) {
    const isOk = await ask().then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    )
    if (isOk) return performance.now() - at
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`Banyan did not start: exit ${child.exitCode}`)
}
