import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import type { FlagLine } from '../../src/core/routing/flag-lines.ts'
import type { RolloutView } from '../../src/admin/rollout-views.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree, type Tree } from './banyan.ts'
import { door, type Door } from './door.ts'
import { fastClock } from './fast.ts'
import { httpServer, until } from './sockets.ts'

/** Loose enough that a handful of requests decides. */
const GATES = {
  mismatches: 0.3,
  failures: 0.3,
  coverage: 0.1,
  falsePass: 0.2,
  falseFail: 0.2,
  p50: 'none',
  p95: 'none',
  p99: 'none',
  soak: '0s',
}
const PLAN = {
  version: 1,
  name: 'reads',
  why: 'a test',
  operations: ['query:First', 'query:Second', 'query:Third'],
  steps: [
    { name: 'mirror', stage: 'shadow', gates: GATES },
    { name: 'a quarter', stage: 'live', percent: 25, gates: GATES },
    { name: 'all', stage: 'live', gates: GATES, approval: 'person' },
    { name: 'end', stage: 'complete', approval: 'person' },
  ],
}

/** On a starved machine the clock that runs ten times as fast leaves six processes too little time to report. */
export const STARVED = { timeout: 240_000, retry: process.env['CI'] === undefined ? 0 : 2 }

export interface Replica extends Tree {
  readonly door: Door
}

/** Answers every query with the same data, but those that are bad. */
async function backend(bad: ReadonlySet<string>): Promise<string> {
  const { url } = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const value = [...bad].some((name) => body.includes(name)) ? 'wrong' : 'right'
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { value } }))
    })
  })
  return `${url}/graphql`
}

/** Whole replicas on one database, each behind a door of its own; the plan's operations are asked at all of them, and whatever is not answered is noted. */
export class Fleet {
  readonly bad = new Set<string>()
  readonly told: { readonly id: string; readonly type: string }[] = []
  readonly unanswered: string[] = []
  replicas: Replica[] = []
  #asking: readonly Tree[] = []

  async start(count: number, database: string): Promise<void> {
    const [legacy, candidate] = [await backend(new Set()), await backend(this.bad)]
    const hook = await httpServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        this.told.push({ id: String(request.headers['webhook-id']), type: (JSON.parse(body) as { type: string }).type })
        response.writeHead(204).end()
      })
    })
    const plan = join(mkdtempSync(join(tmpdir(), 'banyan-plan-')), 'reads.yaml')
    writeFileSync(plan, stringify(PLAN))
    const clock = fastClock(10)
    const one = async (): Promise<Replica> => {
      const url = new URL(database)
      const way = await door(url)
      url.port = String(way.port)
      const tree = await startTree(
        {
          backends: { legacy: { url: legacy, timeoutMs: 1_000 }, candidate: { url: candidate, timeoutMs: 1_000 } },
          // So that what is counted is soon settled, and a replica that is gone soon given up.
          mirror: { timeoutMs: 1_000, confirm: { perSecond: 0 } },
          guard: { absence: '20s' },
          workers: 1,
          region: { value: 'eu' },
          subject: { header: 'x-user' },
          rollouts: [plan],
          notify: [{ url: hook.url, on: ['enter', 'back', 'finish', 'ask'] }],
          store: { url: url.href },
        },
        clock,
      )
      return { ...tree, door: way }
    }
    this.replicas = await Promise.all(Array.from({ length: count }, one))
    this.#asking = this.replicas
    this.#traffic()
    const [first] = this.replicas
    if (first === undefined) throw new Error('no replica')
    await until(async () => (await first.overview()).rows.length === 3)
    await cli(['rollout', 'start', 'reads', '--why', 'ready', '--by', 'ada', '--admin', first.admin])
  }

  /** All at once, as when a machine dies. */
  kill(replica: Replica): void {
    this.#asking = this.#asking.filter((one) => one !== replica)
    const pids = [replica.pid('control'), replica.pid('edge-1')]
    replica.signal('SIGKILL')
    for (const pid of pids) process.kill(pid, 'SIGKILL')
  }

  #traffic(): void {
    let [over, user] = [false, 0]
    onTestFinished(() => void (over = true))
    const go = async (): Promise<void> => {
      while (!over) {
        user = (user + 1) % 200
        const asked = this.#asking
        await Promise.all(
          asked.flatMap((replica) =>
            ['First', 'Second', 'Third'].map(async (name) => {
              const answer = await ask(replica, `query ${name} { value }`, { 'x-user': `u${user}` }).catch((error: unknown) => ({
                status: 0,
                text: String(error),
              }))
              if (answer.status !== 200 && this.#asking.includes(replica)) this.unanswered.push(answer.text)
            }),
          ),
        )
      }
    }
    void go()
  }
}

export const positions = async (replica: Tree) => {
  const [view] = await replica.get<RolloutView[]>('/api/rollouts')
  return new Map(view?.units.map(({ name, position, next }) => [name.replace(/^query:|#.*$/g, ''), { ...position, next }]))
}

/** What the record says of each unit, oldest first. */
export async function story(replica: Tree): Promise<Readonly<Record<string, readonly string[]>>> {
  const audit = await replica.get<AuditEntry[]>('/api/audit?limit=1000')
  const units = audit.filter(({ target }) => target.startsWith('plan:reads/')).toReversed()
  const lines = units.map(({ target, who, from, to }) => ({
    unit: target.replace(/^plan:reads\/query:|#.*$/g, ''),
    line: `${who}: ${from} → ${to}`,
  }))
  return Object.fromEntries([...Map.groupBy(lines, ({ unit }) => unit)].map(([unit, all]) => [unit, all.map(({ line }) => line)]))
}

export const standing = async (replica: Tree, name: string): Promise<string> => {
  const lines = await replica.get<FlagLine[]>('/api/flags')
  const line = lines.find(({ flag, region }) => flag === `banyan.query.${name}` && region === 'eu')
  return line === undefined ? 'none' : `${line.stage} ${line.percent}`
}

export const QUARTER = ['controller: not begun → mirror', 'controller: mirror → a quarter']
export const TAKEN_BACK = 'controller: a quarter → a quarter, taken back in eu'
