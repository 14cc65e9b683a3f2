import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { ask, type Tree } from './banyan.ts'
import { httpServer } from './sockets.ts'

/** Loose enough that a handful of requests decides. */
export const LOOSE_GATES = {
  mismatches: 0.3,
  failures: 0.3,
  coverage: 0.1,
  falsePass: 0.2,
  falseFail: 0.2,
  p50: 'none',
  p95: 'none',
  p99: 'none',
  minKeys: 0,
  soak: '0s',
} as const

/** A plan in a file of its own, named `reads`; gives back where it is. */
export function planFile(operations: readonly string[], steps: readonly object[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'banyan-plan-')), 'reads.yaml')
  writeFileSync(file, stringify({ version: 1, name: 'reads', why: 'a test', operations, steps }))
  return file
}

export interface Backend {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Answers every query with the same data, but those that are bad. */
export async function valueBackend(isBad: (query: string, region: string) => boolean = () => false): Promise<Backend> {
  const server = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const value = isBad(body, String(request.headers['x-region'])) ? 'wrong' : 'right'
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { value } }))
    })
  })
  return { ...server, url: `${server.url}/graphql` }
}

/** Backends that need not be waited for, and few users whose every request counts: so that what is counted is soon settled, and soon enough. */
export function soonSettled(legacy: Backend, candidate: Backend) {
  return {
    backends: { legacy: { url: legacy.url, timeoutMs: 1_000 }, candidate: { url: candidate.url, timeoutMs: 1_000 } },
    mirror: { timeoutMs: 1_000, confirm: { perSecond: 0 }, repeatMs: 0 },
    subject: { header: 'x-user' },
  }
}

/** Does something for one of two hundred users after the other, until the test has seen enough. */
export function forUsers(work: (user: string) => Promise<unknown>): void {
  let [over, user] = [false, 0]
  onTestFinished(() => void (over = true))
  const go = async (): Promise<void> => {
    while (!over) {
      user = (user + 1) % 200
      await work(`u${user}`)
    }
  }
  void go()
}

/** Users of every region ask every query. */
export function traffic(banyan: Tree, names: readonly string[], regions: readonly string[]): void {
  forUsers((user) =>
    Promise.all(
      names.flatMap((name) =>
        regions.map((region) => ask(banyan, `query ${name} { value }`, { 'x-user': user, 'x-region': region }).catch(() => undefined)),
      ),
    ),
  )
}
