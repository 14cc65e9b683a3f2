import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FlagDesk } from '../../src/app/flag-desk.ts'
import { RolloutBook } from '../../src/app/rollout-book.ts'
import { RolloutDesk } from '../../src/app/rollout-desk.ts'
import { Config } from '../../src/config/schema.ts'
import { EMPTY_EVIDENCE, WINDOW_MS } from '../../src/core/evidence/evidence.ts'
import type { Plan, Step } from '../../src/core/rollout/plan.ts'
import { createRolloutLine } from '../../src/lines/rollout.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { QUICK_GATES, stepOf } from '../support/steps.ts'

let store: Store
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-crash-'))
  store = await openStore(`pglite:${folder}`)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

class Crash extends Error {}

/** The store, until the controller dies at one of its calls: before it is made, or after it was made and before its answer arrives. */
function mortal(at: number, when: 'before' | 'after'): { readonly store: Store; readonly calls: string[] } {
  const state = { calls: [] as string[], store }
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function' || name === 'onChange') return member
        return async (...args: unknown[]): Promise<unknown> => {
          state.calls.push(String(name))
          const dies = state.calls.length === at
          if (dies && when === 'before') throw new Crash()
          const answer: unknown = await Reflect.apply(member, target, args)
          if (dies) throw new Crash()
          return answer
        }
      },
    })
  state.store = { ...store, evidence: wrap(store.evidence), flags: wrap(store.flags), rollouts: wrap(store.rollouts) }
  return state
}

const step = (over: Partial<Step>): Step => stepOf({ gates: QUICK_GATES, ...over })

const CONFIG = Config.parse({
  backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } },
  region: { header: 'x-region', allow: ['eu'], fallback: 'eu' },
})

const MINUTE_MS = 60_000

let runs = 0

/** Takes an operation of its own through the plan; whenever the controller dies, another one takes over. Gives back what the record says. */
async function run(
  at: number,
  when: 'before' | 'after',
  replicas = 1,
): Promise<{ readonly story: readonly string[]; readonly calls: readonly string[] }> {
  runs += 1
  const operation = `query:Op${runs}#1`
  const plan: Plan = {
    name: `plan-${runs}`,
    why: 'a test',
    operations: [operation],
    onInconclusive: 'hold',
    frozen: false,
    steps: [step({ name: 'mirror', stage: 'shadow' }), step({ name: 'some', percent: 25 }), step({ name: 'all' })],
  }
  let now = 1_800_000_000_000 - (1_800_000_000_000 % WINDOW_MS)
  const controller = async (on: Store) => {
    const flags = new FlagDesk(CONFIG, on, () => undefined)
    await flags.load()
    const book = new RolloutBook({ plans: [plan], config: CONFIG }, on, flags, () => now)
    const desk = new RolloutDesk(book, on, () => now, false)
    const line = createRolloutLine({
      now: () => now,
      observe: () => Promise.resolve(undefined),
      underWay: desk.underWay,
      apply: desk.apply,
      tell: (_advice, decided) => desk.remember(decided),
    })
    const look = async (): Promise<void> => {
      await flags.load()
      await line()
    }
    return { desk, flags, look }
  }
  const seen = { key: operation, type: 'query' as const, name: `Op${runs}`, signature: '1', document: '{a}', firstSeen: 1, lastSeen: 1 }
  const traffic = async (seq: number, differing: number): Promise<void> => {
    const { flags } = await controller(store)
    const { stage } = flags.standing(operation, 'eu')
    const classes = { identical: 200 - differing, ...(differing > 0 ? { value: differing } : {}) }
    const evidence = { ...EMPTY_EVIDENCE, requests: 200, outcomes: { compared: 200 }, classes }
    await store.evidence.append({
      source: plan.name,
      seq,
      operations: [seen],
      cells: [{ operation, region: 'eu', stage, window: now, evidence }],
      groups: [],
    })
  }

  await traffic(1, 0)
  await (await controller(store)).desk.act({ plan: plan.name, act: 'start', who: 'ada', why: 'ready', dryRun: false })
  const dying = mortal(at, when)
  let acting = await controller(dying.store).catch(() => controller(store))
  for (let minute = 2; minute < 8; minute += 1) {
    now += MINUTE_MS
    await traffic(minute, minute < 6 ? 0 : 100)
    // Until what was counted is settled.
    now += MINUTE_MS
    const others = await Promise.all(Array.from({ length: replicas - 1 }, () => controller(store)))
    const looks = others.map((other) => other.look())
    await acting.look().catch(async (error: unknown) => {
      if (!(error instanceof Crash)) throw error
      acting = await controller(store)
      await acting.look()
    })
    await Promise.all(looks)
  }
  const audit = await store.flags.audit(10_000)
  const mine = audit.filter(({ target }) => target.includes(plan.name) || target === `banyan.query.Op${runs}`)
  const story = mine.toReversed().map(({ target, from, to }) => `${target.replaceAll(/\d+/g, 'N')}: ${from} → ${to}`)
  const end = acting.flags.standing(operation, 'eu')
  return { story: [...story, `stands at ${end.stage} ${end.percent}`], calls: dying.calls }
}

test('a controller that dies at any of its calls is taken over, and the record is the same', { timeout: 240_000 }, async () => {
  const { story, calls } = await run(Number.POSITIVE_INFINITY, 'before')
  expect(story).toEqual([
    'plan:plan-N: not started → running',
    'plan:plan-N/query:OpN#N: not begun → mirror',
    'banyan.query.OpN: off → shadow',
    'plan:plan-N/query:OpN#N: mirror → some',
    'banyan.query.OpN: shadow → live 25 %, else shadow',
    'plan:plan-N/query:OpN#N: some → all',
    'banyan.query.OpN: live 25 %, else shadow → live',
    'plan:plan-N/query:OpN#N: all → done',
    'plan:plan-N/query:OpN#N: done → all, taken back in eu',
    'banyan.query.OpN: live → live 25 %, else shadow',
    'stands at live 25',
  ])
  const isWrite = (call: string | undefined): boolean => call === 'move'
  expect(calls.filter(isWrite)).toHaveLength(5)
  // The answer of a reading that is lost is the same as no reading.
  const deaths = calls.flatMap((call, index) =>
    (isWrite(call) ? (['before', 'after'] as const) : (['before'] as const)).map((when) => [index + 1, when] as const),
  )
  for (const [at, when] of deaths) expect((await run(at, when)).story, `${when} call ${at}`).toEqual(story)
})

test('two controllers that act at the same time make each transition once', async () => {
  const { story } = await run(Number.POSITIVE_INFINITY, 'before', 2)
  expect(story).toEqual((await run(Number.POSITIVE_INFINITY, 'before')).story)
})
