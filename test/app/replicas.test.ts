import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import type { FlagLine } from '../../src/core/routing/flag-lines.ts'
import type { RolloutView } from '../../src/admin/rollout-views.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { door, type Door } from '../support/door.ts'
import { fastClock } from '../support/fast.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { httpServer, until } from '../support/sockets.ts'

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
const STARVED = { timeout: 240_000, retry: process.env['CI'] === undefined ? 0 : 2 }

interface Replica extends Tree {
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
class Fleet {
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

const positions = async (replica: Tree) => {
  const [view] = await replica.get<RolloutView[]>('/api/rollouts')
  return new Map(view?.units.map(({ name, position, next }) => [name.replace(/^query:|#.*$/g, ''), { ...position, next }]))
}

/** What the record says of each unit, oldest first. */
async function story(replica: Tree): Promise<Readonly<Record<string, readonly string[]>>> {
  const audit = await replica.get<AuditEntry[]>('/api/audit?limit=1000')
  const units = audit.filter(({ target }) => target.startsWith('plan:reads/')).toReversed()
  const lines = units.map(({ target, who, from, to }) => ({
    unit: target.replace(/^plan:reads\/query:|#.*$/g, ''),
    line: `${who}: ${from} → ${to}`,
  }))
  return Object.fromEntries([...Map.groupBy(lines, ({ unit }) => unit)].map(([unit, all]) => [unit, all.map(({ line }) => line)]))
}

const standing = async (replica: Tree, name: string): Promise<string> => {
  const lines = await replica.get<FlagLine[]>('/api/flags')
  const line = lines.find(({ flag, region }) => flag === `banyan.query.${name}` && region === 'eu')
  return line === undefined ? 'none' : `${line.stage} ${line.percent}`
}

const QUARTER = ['controller: not begun → mirror', 'controller: mirror → a quarter']
const TAKEN_BACK = 'controller: a quarter → a quarter, taken back in eu'

describe.skipIf(postgresMissing !== undefined)(
  `replicas on one PostgreSQL${postgresMissing === undefined ? '' : ` (${postgresMissing})`}`,
  () => {
    let postgres: TestPostgres
    beforeAll(async () => {
      postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())

    test('three: one is killed, one is cut off; the last acts alone, nothing is done twice or lost', STARVED, async () => {
      const fleet = new Fleet()
      await fleet.start(3, await postgres.database())
      const [dead, cut, alive] = fleet.replicas as [Replica, Replica, Replica]
      const at = async (name: string) => (await positions(alive)).get(name)

      // Whichever acted: it is gone before all units have moved, and the others go on.
      await until(async () => (await at('First'))?.step === 0)
      fleet.kill(dead)
      const killed = performance.now()
      await until(async () => [...(await positions(alive)).values()].every(({ step }) => step === 1))
      expect(performance.now() - killed).toBeLessThan(60_000)

      // Cut off, it serves as before, counts what it serves, and moves nothing.
      cut.door.silent = true
      for (let index = 0; index < 40; index += 1) expect(await ask(cut, 'query Cut { value }')).toMatchObject({ status: 200 })
      fleet.bad.add('Second')
      await until(async () => (await at('Second'))?.status === 'back')
      await until(async () => (await standing(alive, 'Second')) === 'shadow 100')
      expect(
        (await cli(['rollout', 'advance', 'reads', '--unit', 'Third', '--why', 'looked at it', '--by', 'bo', '--admin', alive.admin])).code,
      ).toBe(0)
      await until(async () => (await at('Third'))?.step === 2)

      // Whole again: it hears what was done, and what it counted is there once.
      cut.door.silent = false
      await until(async () => (await standing(cut, 'Second').catch(() => '')) === 'shadow 100')
      const counted = async () =>
        (await alive.overview()).rows.find(({ operation }) => operation.startsWith('query:Cut#'))?.summary.requests
      await until(async () => (await counted()) === 40)
      expect(await story(cut)).toEqual(await story(alive))
      expect(await story(alive)).toEqual({
        First: QUARTER,
        Second: [...QUARTER, TAKEN_BACK],
        Third: [...QUARTER, 'bo: a quarter → let into all', 'controller: a quarter → all'],
      })
      await until(() => fleet.told.some(({ id }) => id.includes('Third') && id.includes('/ask/')))
      expect(await counted()).toBe(40)
      // Every receiver hears of every event, from one replica.
      const ids = fleet.told.map(({ id }) => id)
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
      expect(fleet.told.filter(({ type }) => type === 'rollout.enter')).toHaveLength(7)
      expect(fleet.told.filter(({ type }) => type === 'rollout.back')).toHaveLength(1)
      expect(fleet.unanswered).toEqual([])
    })

    test(
      'two: PostgreSQL dies; clients are served, nothing moves, and what was due happens when it is back, also slowly',
      STARVED,
      async (context) => {
        context.skip(postgres.kill === undefined, 'the server of DATABASE_URL_TEST is not ours to kill')
        const fleet = new Fleet()
        await fleet.start(2, await postgres.database())
        const [one, two] = fleet.replicas as [Replica, Replica]
        await until(async () => [...(await positions(one)).values()].every(({ step }) => step === 1))

        await postgres.kill?.()
        fleet.bad.add('First')
        for (let index = 0; index < 40; index += 1)
          expect(await ask(index % 2 === 0 ? one : two, 'query Away { value }')).toMatchObject({ status: 200 })
        const refused = await cli(['rollout', 'advance', 'reads', '--unit', 'Third', '--why', 'looked at it', '--admin', one.admin])
        expect(refused.code).toBe(2)
        for (const replica of [one, two]) expect((await fetch(`${replica.admin}/readyz`)).status).toBe(200)

        for (const replica of [one, two]) replica.door.delayMs = 50
        await postgres.startAgain?.()
        await until(async () => (await positions(two).catch(() => new Map<string, never>())).get('First')?.status === 'back')
        await until(async () => (await standing(two, 'First').catch(() => '')) === 'shadow 100')
        const counted = async () =>
          (await two.overview()).rows.find(({ operation }) => operation.startsWith('query:Away#'))?.summary.requests
        await until(async () => (await counted()) === 40)
        await until(
          async () =>
            (await cli(['rollout', 'advance', 'reads', '--unit', 'Third', '--why', 'looked', '--by', 'bo', '--admin', one.admin])).code ===
            0,
        )
        await until(async () => (await positions(one)).get('Third')?.step === 2)
        expect(await story(two)).toEqual({
          First: [...QUARTER, TAKEN_BACK],
          Second: QUARTER,
          Third: [...QUARTER, 'bo: a quarter → let into all', 'controller: a quarter → all'],
        })
        expect(fleet.unanswered).toEqual([])
        await until(() => fleet.told.some(({ type }) => type === 'rollout.back'))
        // Of what was told while PostgreSQL died nobody could note that it was told: it may come again, under the same id.
        expect(fleet.told.filter(({ type }) => type === 'rollout.back')).toHaveLength(1)
      },
    )
  },
)
