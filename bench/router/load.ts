import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REQUEST, type Kilobytes } from './answers.ts'
import { CORES } from './processes.ts'

/** What a load saw. Times in microseconds. */
export interface Seen {
  readonly requests: number
  readonly perSecond: number
  readonly failed: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** As many requests as go through, by wrk. */
export async function saturate(folder: string, url: string, size: Kilobytes, connections: number, seconds: number): Promise<Seen> {
  const script = join(folder, 'wrk.lua')
  writeFileSync(script, LUA)
  const args = ['-t', '1', '-c', String(connections), '-d', String(seconds), '--timeout', '5', '-H', `x-size: ${size}`, '-s', script, url]
  const said = await outputOf('taskset', ['-c', String(CORES.load), 'wrk', ...args])
  const [requests = 0, micros = 1, failed = 0, p50 = 0, p99 = 0, p999 = 0] = (/^SEEN (.+)$/m.exec(said)?.[1] ?? '').split(' ').map(Number)
  return { requests, perSecond: requests / (micros / 1e6), failed, p50, p99, p999 }
}

/** A fixed rate, whatever comes back (open loop), by a process of its own. */
export async function atRate(
  url: string,
  size: Kilobytes,
  settings: { rate: number; connections: number; seconds: number },
): Promise<Seen> {
  const file = new URL('open-loop.ts', import.meta.url).pathname
  const { rate, connections, seconds } = settings
  const args = ['-c', String(CORES.load), process.execPath, file, url, ...[size, rate, connections, seconds].map(String)]
  return JSON.parse(await outputOf('taskset', args)) as Seen // as `open-loop.ts` prints it
}

async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
  return said
}

const LUA = `
wrk.method = "POST"
wrk.body = '${REQUEST}'
wrk.headers["content-type"] = "application/json"
wrk.headers["accept"] = "application/graphql-response+json, application/json"
wrk.headers["x-user-id"] = "user-1"
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("SEEN %d %d %d %d %d %d\\n", summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
`
