import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { stringify } from 'yaml'
import { freePort } from '../../test/support/postgres.ts'
import { until, type Finished } from '../../test/support/sockets.ts'

export interface RouterSettings {
  readonly folder: string
  readonly legacy: string
  readonly candidate: string
  readonly store: string
}

/** A Banyan as its users start it. */
export interface Router {
  readonly url: string
  readonly pid: number
  readonly errors: Readable
  /** What it logged as an error since a moment of `performance.now()`. */
  readonly complaints: (since: number) => readonly string[]
  /** Changes the config, so that every process is replaced. */
  readonly change: (timeoutMs: number) => Promise<void>
  /** Sum of a metric over its labels that hold `label`. */
  readonly metric: (name: string, label?: string) => Promise<number>
}

/** Bounds that a short run reaches. */
export const MIRROR = { sample: 1, maxInFlight: 16, maxBodyBytes: 262_144, timeoutMs: 1_000 } as const

interface Complaint {
  readonly at: number
  readonly line: string
}
const COMPLAINTS = 5_000

export async function startRouter({ folder, legacy, candidate, store }: RouterSettings, finished: Finished): Promise<Router> {
  const [port, admin] = [await freePort(), await freePort()]
  const file = join(folder, 'banyan.yaml')
  const write = (timeoutMs: number): void =>
    writeFileSync(
      file,
      stringify({
        listen: { host: '127.0.0.1', port },
        admin: { port: admin },
        backends: { legacy: { url: legacy }, candidate: { url: candidate } },
        subject: { header: 'x-user-id' },
        mirror: { ...MIRROR, timeoutMs },
        control: { sample: 0.05 },
        workers: 1,
        operations: [{ match: 'query:*', stage: 'shadow' }],
        store: { url: store },
        flags: { provider: 'store', lastKnown: join(folder, 'last-known.json'), emergencyFile: join(folder, 'everything-to-legacy') },
      }),
    )
  write(MIRROR.timeoutMs)
  const bin = new URL('../../bin/banyan.js', import.meta.url).pathname
  const child = spawn(process.execPath, ['--inspect-port=0', bin, 'serve', '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LOG_LEVEL: 'error', DATABASE_URL: undefined },
  })
  finished(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  const complaints: Complaint[] = []
  createInterface(child.stderr).on('line', (line) => {
    // Node's inspector speaks in between.
    if (!line.startsWith('{')) return
    complaints.push({ at: performance.now(), line })
    if (complaints.length > COMPLAINTS) complaints.shift()
  })
  const text = (path: string): Promise<string> =>
    fetch(`http://127.0.0.1:${admin}${path}`).then(
      async (response) => (response.ok ? response.text() : ''),
      () => '',
    )
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`banyan ended: ${complaints.map(({ line }) => line).join('\n')}`)
    return (await text('/readyz')) !== ''
  }
  await until(isReady)
  const edges = async (): Promise<string> => /"name":"edge-1","pid":(\d+)/.exec(await text('/api/status'))?.[1] ?? ''
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    pid: child.pid ?? 0,
    errors: child.stderr,
    complaints: (since) => complaints.filter(({ at }) => at >= since).map(({ line }) => line),
    change: async (timeoutMs) => {
      const before = await edges()
      write(timeoutMs)
      await until(async () => !['', before].includes(await edges()))
    },
    metric: async (name, label = '') => {
      const lines = (await text('/metrics')).split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label))
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    },
  }
}
