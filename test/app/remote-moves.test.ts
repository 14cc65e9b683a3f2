import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { FlagDesk } from '../../src/app/flag-desk.ts'
import { RemoteFlags } from '../../src/app/remote-flags.ts'
import { RemoteMoves, type Hindered } from '../../src/app/remote-moves.ts'
import { RolloutBook } from '../../src/app/rollout-book.ts'
import { RolloutDesk } from '../../src/app/rollout-desk.ts'
import { Config } from '../../src/config/schema.ts'
import { EMPTY_EVIDENCE, WINDOW_MS } from '../../src/core/evidence/evidence.ts'
import type { Plan, Step } from '../../src/core/rollout/plan.ts'
import type { Ceiling } from '../../src/core/rollout/intent.ts'
import { LaunchDarklyApi } from '../../src/flags/launchdarkly-api.ts'
import { openLaunchDarkly } from '../../src/flags/launchdarkly-feed.ts'
import { createRolloutLine } from '../../src/lines/rollout.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { keptFlag, launchDarkly, type Fault } from '../support/launchdarkly.ts'
import { until } from '../support/sockets.ts'
import { QUICK_GATES, stepOf } from '../support/steps.ts'

let store: Store
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-remote-'))
  store = await openStore(`pglite:${folder}`)
}, 120_000)
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const CONFIG = Config.parse({
  backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } },
  region: { header: 'x-region', allow: ['eu'], fallback: 'eu' },
  flags: { provider: 'launchdarkly' },
})
const step = (over: Partial<Step>): Step => stepOf({ gates: QUICK_GATES, ...over })

class Crash extends Error {}
let runs = 0

/** A plan of an operation of its own, a LaunchDarkly of its own, and controllers that come and go. */
async function world() {
  runs += 1
  const name = `Remote${runs}`
  const [operation, flag] = [`query:${name}#1`, `banyan.query.${name}`]
  const plan: Plan = {
    name: `remote-${runs}`,
    why: 'a test',
    operations: [operation],
    onInconclusive: 'hold',
    frozen: false,
    steps: [step({ name: 'mirror', stage: 'shadow' }), step({ name: 'some', percent: 25 }), step({ name: 'all' })],
  }
  const server = await launchDarkly()
  const feed = openLaunchDarkly({ sdkKey: server.sdk, streamUri: server.url, events: false, now: () => performance.now() })
  onTestFinished(() => feed.close())
  await until(() => feed.ready())
  const clock = { now: 1_800_000_000_000 - (1_800_000_000_000 % WINDOW_MS) }
  const ceilings: { seen: readonly Ceiling[] } = { seen: [] }
  const hindrances: Hindered[] = []
  const controller = async (on: Store = store) => {
    const { url: uri, token, project, environment } = server
    const api = new LaunchDarklyApi({ uri, token, project, environment, timeoutMs: 1_000, now: () => clock.now })
    const remote = new RemoteFlags(feed, api, () => clock.now)
    const flags = new FlagDesk(CONFIG, on, () => undefined, remote)
    await flags.load()
    const moves = new RemoteMoves(
      on,
      remote,
      () => clock.now,
      (seen) => (ceilings.seen = seen),
      (what) => void hindrances.push(what),
    )
    const book = new RolloutBook({ plans: [plan], config: CONFIG }, on, flags, () => clock.now, undefined, undefined, moves)
    const desk = new RolloutDesk(book, on, () => clock.now, false)
    let waits = ''
    const line = createRolloutLine({
      now: () => clock.now,
      observe: () => Promise.resolve(undefined),
      underWay: desk.underWay,
      apply: desk.apply,
      tell: (_advice, decided) => {
        const next = decided.find(({ situation }) => situation.plan.name === plan.name)?.transition
        waits = next === undefined ? '' : `${next.kind}: ${next.reason}`
      },
    })
    const look = async (): Promise<string> => {
      await flags.load()
      await line()
      return waits
    }
    return { desk, flags, look }
  }
  let seq = 0
  const traffic = async (differing = 0): Promise<void> => {
    clock.now += WINDOW_MS
    seq += 1
    const { flags } = await controller()
    const { stage } = flags.standing(operation, 'eu')
    const classes = { identical: 200 - differing, ...(differing > 0 ? { value: differing } : {}) }
    const evidence = { ...EMPTY_EVIDENCE, requests: 200, outcomes: { compared: 200 }, classes }
    const seen = { key: operation, type: 'query' as const, name, signature: '1', document: '{a}', firstSeen: 1, lastSeen: 1 }
    await store.evidence.append({
      source: plan.name,
      seq,
      operations: [seen],
      cells: [{ operation, region: 'eu', stage, window: clock.now, evidence }],
      groups: [],
    })
    // Until what was counted is settled.
    clock.now += 60_000
  }
  const says = async (): Promise<string> => {
    const { stage, percent } = (await controller()).flags.standing(operation, 'eu')
    return `${stage} ${percent}`
  }
  const story = async (): Promise<readonly string[]> =>
    (await store.flags.audit(10_000))
      .filter(({ target }) => target.includes(plan.name) || target === flag)
      .toReversed()
      .map(({ target, from, to }) => `${target.startsWith('plan:') ? 'plan' : 'flag'}: ${from} → ${to}`)
  const positionOf = async () => (await store.rollouts.positions()).find((one) => one.plan === plan.name)
  const start = async (): Promise<void> => {
    await traffic()
    await (await controller()).desk.act({ plan: plan.name, act: 'start', who: 'ada', why: 'ready', dryRun: false })
  }
  /** To `some`, 25 % live. */
  const climb = async () => {
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    await acting.look()
    expect(await says()).toBe('live 25')
    return acting
  }
  return { server, flag, plan, clock, ceilings, hindrances, controller, traffic, says, story, positionOf, start, climb }
}

/** The store, until the controller dies at one of its calls: before it is made, or after it was made and before its answer arrives. */
function mortal(at: number, when: 'before' | 'after'): { readonly store: Store; readonly calls: string[] } {
  const state = { calls: [] as string[], store }
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function' || name === 'onChange') return member
        return async (...args: unknown[]): Promise<unknown> => {
          if (name !== 'place') return Reflect.apply(member, target, args) as unknown
          state.calls.push(name)
          const dies = state.calls.length === at
          if (dies && when === 'before') throw new Crash()
          const answer: unknown = await Reflect.apply(member, target, args)
          if (dies) throw new Crash()
          return answer
        }
      },
    })
  state.store = { ...store, rollouts: wrap(store.rollouts) }
  return state
}

const STORY = [
  'plan: not started → running',
  'plan: not begun → on its way to mirror',
  'flag: off → shadow',
  'plan: on its way to mirror → mirror',
  'plan: mirror → on its way to some',
  'flag: shadow → live 25 %, else shadow',
  'plan: on its way to some → some',
]

const HELD = 'plan: on its way to some → held on its way to some'
/** Of a step that LaunchDarkly did not take at once: it is held on its way, which is said once. */
const HELD_STORY = [...STORY.slice(0, -1), HELD, ...STORY.slice(-1)]

/** From the start to `some`, by controllers that take over from one another. */
async function run(at: number, when: 'before' | 'after') {
  const { server, controller, traffic, says, story, start, clock } = await world()
  await start()
  const dying = mortal(at, when)
  let acting = await controller(dying.store)
  for (let minute = 0; minute < 4; minute += 1) {
    await acting.look().catch(async (error: unknown) => {
      if (!(error instanceof Crash)) throw error
      acting = await controller()
      // Its lease has to end first.
      await acting.look()
      clock.now += 20_000
      await acting.look()
    })
    if ((await says()) === 'live 25') break
    await traffic()
  }
  return { story: await story(), calls: dying.calls.length, patches: server.patches().length, says: await says() }
}

describe('a plan whose flags are in LaunchDarkly', () => {
  test('goes up and back through its REST API, and its record is written before each step', { timeout: 120_000 }, async () => {
    const { server, flag, traffic, says, story, climb, controller } = await world()
    const before: (string | undefined)[] = []
    server.state.onPatched = async () => void before.push((await story()).at(-1))
    await climb()
    const acting = await controller()
    await traffic(150)
    await acting.look()
    expect(await says()).toBe('shadow 100')
    expect(await story()).toEqual([
      ...STORY,
      'plan: some → on its way to some, taken back in eu',
      'flag: live 25 %, else shadow → shadow',
      'plan: on its way to some, taken back in eu → some, taken back in eu',
    ])
    expect(server.flags.get(flag)?.config.rules).toHaveLength(1)
    const comments = server.patches().map(({ body }) => (body as { comment: string }).comment)
    expect(comments[0]).toBe('Banyan, controller: remote-1: the plan was started')
    // The real SDK heard of every one of them.
    expect(comments).toHaveLength(3)
    expect(before).toEqual(Array.from(comments, () => expect.stringMatching(/^flag/)))
  })

  test(
    'that dies at any of its writings is taken over: no step is lost, none is made twice, and the record is the same',
    { timeout: 240_000 },
    async () => {
      const { story, calls, patches, says } = await run(Number.POSITIVE_INFINITY, 'before')
      expect([story, patches, says]).toEqual([STORY, 2, 'live 25'])
      for (let at = 1; at <= calls; at += 1) {
        for (const when of ['before', 'after'] as const) {
          const died = await run(at, when)
          expect([died.story, died.patches, died.says], `${when} ${at}`).toEqual([STORY, 2, 'live 25'])
        }
      }
    },
  )

  test('whose patch was taken and whose answer was lost knows that it is so', { timeout: 120_000 }, async () => {
    const { server, controller, clock, traffic, says, story, start } = await world()
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    server.state.fault = ({ method }) => (method === 'PATCH' ? 'lost' : undefined)
    await acting.look()
    clock.now += 20_000
    server.state.fault = () => undefined
    await acting.look()
    expect([await says(), await story(), server.patches().length]).toEqual(['live 25', HELD_STORY, 2])
  })

  test('acted on by two at once makes each step once', { timeout: 120_000 }, async () => {
    const { server, controller, traffic, says, story, start } = await world()
    await start()
    const both = [await controller(), await controller()]
    await Promise.all(both.map((one) => one.look()))
    await traffic()
    await Promise.all(both.map((one) => one.look()))
    expect([await says(), await story(), server.patches().length]).toEqual(['live 25', STORY, 2])
  })
})

describe('what LaunchDarkly does not take', () => {
  test.each<[string, Fault, RegExp]>([
    [
      'for want of an approval',
      { status: 405, body: '{"code":"approval_required","message":"no"}' },
      /^ask: on its way to some: LaunchDarkly wants an approval for it: make this change there: http.*targeting\?env=production/,
    ],
    ['for want of the right', { status: 403 }, /^ask: .*the access token may not change flags/],
    ['by a wrong token', { status: 401 }, /^ask: .*the access token may not change flags/],
    ['for a rate limit', { status: 429, headers: { 'retry-after': '60' } }, /^hold: .*asked too often/],
    ['in an outage', { status: 503 }, /^hold: .*does not answer/],
    ['in a conflict', { status: 409 }, /^hold: .*somebody else changes the flag/],
    ['without a word', 'drop', /^hold: .*does not answer/],
    ['with garbage', { status: 200, body: '<html>' }, /^hold: .*does not answer/],
  ])('%s is not made forward, is told, and is tried again', { timeout: 120_000 }, async (_name, fault, told) => {
    const { server, controller, clock, traffic, says, story, start, hindrances } = await world()
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    server.state.fault = ({ method }) => (method === 'PATCH' ? fault : undefined)
    await acting.look()
    const waits = await acting.look()
    expect(waits).toMatch(told)
    expect(hindrances).toMatchObject([{ unit: expect.stringContaining('query:'), to: 'some', asks: waits.startsWith('ask') }])
    expect((await story()).at(-1)).toBe(HELD)
    expect(await says()).toBe('shadow 100')
    const tried = server.asked.length
    await acting.look()
    expect(server.asked.length).toBe(tried)
    server.state.fault = () => undefined
    clock.now += 61_000
    await acting.look()
    expect([await says(), await story()]).toEqual(['live 25', HELD_STORY])
    expect(hindrances).toHaveLength(1)
  })

  test('for hours is one line of the record for each thing that hinders it', { timeout: 120_000 }, async () => {
    const { server, controller, clock, traffic, says, story, start, hindrances } = await world()
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    for (const fault of [{ status: 503 }, { status: 500 }, 'drop', { status: 405 }, { status: 405 }] as const) {
      server.state.fault = ({ method }) => (method === 'PATCH' ? fault : undefined)
      await acting.look()
      clock.now += 16_000
    }
    expect((await story()).filter((line) => line === HELD)).toHaveLength(2)
    expect(hindrances.map(({ asks }) => asks)).toEqual([false, true])
    expect(await says()).toBe('shadow 100')
  })

  test('and a person makes there instead is taken for done', { timeout: 120_000 }, async () => {
    const { server, flag, controller, clock, traffic, story, start } = await world()
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    server.state.fault = ({ method }) => (method === 'PATCH' ? { status: 405 } : undefined)
    await acting.look()
    server.byHand(flag, ({ config }) => {
      config.rules = config.rules.map(({ variation: _all, ...rule }) => ({
        ...rule,
        rollout: {
          contextKind: 'user',
          variations: [
            { variation: 2, weight: 75_000 },
            { variation: 3, weight: 25_000 },
          ],
        },
      }))
    })
    clock.now += 16_000
    await acting.look()
    expect(await story()).toEqual(HELD_STORY)
  })

  test('because a person changed the flag is given up, and asked about', { timeout: 120_000 }, async () => {
    const { server, flag, controller, clock, traffic, says, story, start } = await world()
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    server.state.fault = ({ method }) => (method === 'PATCH' ? { status: 503 } : undefined)
    await acting.look()
    server.byHand(flag, ({ config }) => (config.rules = config.rules.map((rule) => ({ ...rule, variation: 0 }))))
    server.state.fault = () => undefined
    clock.now += 16_000
    expect(await acting.look()).toMatch(/^ask: the flags of eu were changed by hand/)
    expect((await story()).at(-1)).toBe('plan: on its way to some → mirror')
    expect(await says()).toBe('off 100')
  })

  test('of a step back is tried at every look, and holds on the edges meanwhile', { timeout: 120_000 }, async () => {
    const { server, clock, ceilings, traffic, says, climb } = await world()
    const acting = await climb()
    await traffic(150)
    server.state.fault = ({ method }) => (method === 'PATCH' ? { status: 405 } : undefined)
    await acting.look()
    expect(ceilings.seen).toEqual([{ operation: expect.any(String), region: 'eu', stage: 'shadow' }])
    const tried = server.asked.length
    clock.now += 2_000
    expect(await acting.look()).toMatch(/^ask: on its way to some, taken back in eu: LaunchDarkly wants an approval/)
    expect(server.asked.length).toBeGreaterThan(tried)
    server.state.fault = () => undefined
    clock.now += 2_000
    await acting.look()
    expect([await says(), ceilings.seen]).toEqual(['shadow 100', []])
  })

  test('while its plan is paused is not made forward any more', { timeout: 120_000 }, async () => {
    const { server, plan, controller, clock, traffic, says, story, start } = await world()
    await start()
    const acting = await controller()
    await acting.look()
    await traffic()
    server.state.fault = ({ method }) => (method === 'PATCH' ? { status: 503 } : undefined)
    await acting.look()
    await acting.desk.act({ plan: plan.name, act: 'pause', who: 'ada', why: 'wait', dryRun: false })
    server.state.fault = () => undefined
    clock.now += 61_000
    await acting.look()
    expect(await says()).toBe('shadow 100')
    expect((await story()).at(-1)).toBe('plan: on its way to some → mirror')
  })

  test('is told to the person who asked for it', { timeout: 120_000 }, async () => {
    const { server, plan, climb } = await world()
    const acting = await climb()
    server.state.fault = ({ method }) => (method === 'PATCH' ? { status: 405 } : undefined)
    await expect(acting.desk.act({ plan: plan.name, act: 'rollback', who: 'ada', why: 'no', dryRun: false })).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
    })
  })
})

test('a plan does not go forward by flags that are old', { timeout: 120_000 }, async () => {
  const { controller, traffic, start } = await world()
  await start()
  const acting = await controller()
  acting.flags.edgesStaleness = () => 31
  expect(await acting.look()).toBe('hold: frozen: the flags are 31 s old')
  acting.flags.edgesStaleness = () => 30
  await traffic()
  expect(await acting.look()).toMatch(/^enter/)
})

test('a flag that was there is moved, and one that is not is made', { timeout: 120_000 }, async () => {
  const { server, flag, controller, says, start } = await world()
  server.add(keptFlag(flag, 'off', { purpose: 'migration' }))
  await start()
  await (await controller()).look()
  expect([await says(), server.asked.some(({ method }) => method === 'POST')]).toEqual(['shadow 100', false])
  expect(server.streams).toBe(1)
})
