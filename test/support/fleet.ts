import type { FlagLine } from '../../src/core/routing/flag-lines.ts'
import type { RolloutView } from '../../src/admin/rollout-views.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree, type Tree } from './banyan.ts'
import { door, type Door } from './door.ts'
import { fastClock } from './fast.ts'
import { forUsers, LOOSE_GATES, planFile, soonSettled, valueBackend } from './rollout.ts'
import { httpServer, until } from './sockets.ts'

const NAMES = ['First', 'Second', 'Third']
const STEPS = [
  { name: 'mirror', stage: 'shadow', gates: LOOSE_GATES },
  { name: 'a quarter', stage: 'live', percent: 25, gates: LOOSE_GATES },
  { name: 'all', stage: 'live', gates: LOOSE_GATES, approval: 'person' },
  { name: 'end', stage: 'complete', approval: 'person' },
]

/** On a starved machine the clock that runs ten times as fast leaves six processes too little time to report. */
export const STARVED = { timeout: 240_000, retry: process.env['CI'] === undefined ? 0 : 2 }

export interface Replica extends Tree {
  readonly door: Door
}

/** Whole replicas on one database, each behind a door of its own; the plan's operations are asked at all of them, and whatever is not answered is noted. */
export class Fleet {
  readonly bad = new Set<string>()
  readonly told: { readonly id: string; readonly type: string }[] = []
  readonly unanswered: string[] = []
  replicas: Replica[] = []
  #asking: readonly Tree[] = []

  async start(count: number, database: string): Promise<void> {
    const [legacy, candidate] = [await valueBackend(), await valueBackend((query) => [...this.bad].some((name) => query.includes(name)))]
    const hook = await httpServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        this.told.push({ id: String(request.headers['webhook-id']), type: (JSON.parse(body) as { type: string }).type })
        response.writeHead(204).end()
      })
    })
    const plan = planFile(
      NAMES.map((name) => `query:${name}`),
      STEPS,
    )
    const clock = fastClock(10)
    const one = async (): Promise<Replica> => {
      const url = new URL(database)
      const way = await door(url)
      url.port = String(way.port)
      const tree = await startTree(
        {
          ...soonSettled(legacy, candidate),
          // So that a replica that is gone is soon given up.
          guard: { absence: '20s' },
          workers: 1,
          region: { value: 'eu' },
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
    forUsers((user) => {
      const asked = this.#asking
      return Promise.all(asked.flatMap((replica) => NAMES.map((name) => this.#ask(replica, name, user))))
    })
  }

  async #ask(replica: Tree, name: string, user: string): Promise<void> {
    const answer = await ask(replica, `query ${name} { value }`, { 'x-user': user }).catch((error: unknown) => ({
      status: 0,
      text: String(error),
    }))
    if (answer.status !== 200 && this.#asking.includes(replica)) this.unanswered.push(answer.text)
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
