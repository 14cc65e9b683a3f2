import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlagDesk } from '../../src/app/flag-desk.ts'
import { RolloutBook } from '../../src/app/rollout-book.ts'
import { RolloutDesk } from '../../src/app/rollout-desk.ts'
import { Uptime } from '../../src/app/uptime.ts'
import { Config } from '../../src/config/schema.ts'
import { EMPTY_EVIDENCE, WINDOW_MS } from '../../src/core/evidence/evidence.ts'
import type { Plan, Step } from '../../src/core/rollout/plan.ts'
import type { Decided } from '../../src/core/rollout/decide-units.ts'
import { createRolloutLine } from '../../src/lines/rollout.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { QUICK_GATES, stepOf } from '../support/steps.ts'

const CONFIG = Config.parse({
  backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } },
  region: { header: 'x-region', allow: ['eu'], fallback: 'eu' },
})
const HOUR = 3_600_000
const MINUTE = 60_000
const step = (name: string, over: Partial<Step> = {}): Step => stepOf({ name, gates: QUICK_GATES, ...over })

let store: Store
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-never-'))
  store = await openStore(`pglite:${folder}`)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

let runs = 0

/** A controller with a plan of its own, at its first step with evidence that would let it go on. */
async function ready(steps: readonly Step[]) {
  runs += 1
  const operation = `query:Op${runs}#1`
  const plan: Plan = { name: `plan-${runs}`, why: 'a test', operations: [operation], onInconclusive: 'hold', frozen: false, steps }
  // What of it was a jump is time that nobody lived.
  const clock = { now: 1_800_000_000_000 - (1_800_000_000_000 % WINDOW_MS), jumped: 0 }
  const flags = new FlagDesk(CONFIG, store, () => undefined)
  const book = new RolloutBook({ plans: [plan], config: CONFIG }, store, flags, () => clock.now)
  const uptime = new Uptime(store.rollouts, () => clock.now - clock.jumped)
  const desk = new RolloutDesk(book, store, () => clock.now, false, undefined, uptime)
  let between = (): Promise<unknown> => Promise.resolve()
  let said: readonly Decided[] = []
  const line = createRolloutLine({
    now: () => clock.now,
    observe: () => Promise.resolve(undefined),
    underWay: desk.underWay,
    apply: async (decided) => {
      await between()
      await desk.apply(decided)
    },
    tell: (_advice, decided) => {
      desk.remember(decided)
      said = decided
    },
  })
  let seq = 0
  const traffic = async (at: number = clock.now): Promise<void> => {
    const seen = { key: operation, type: 'query' as const, name: `Op${runs}`, signature: '1', document: '{a}', firstSeen: 1, lastSeen: 1 }
    const evidence = { ...EMPTY_EVIDENCE, requests: 200, outcomes: { compared: 200 }, classes: { identical: 200 } }
    const { stage } = flags.standing(operation, 'eu')
    const cells = [{ operation, region: 'eu', stage, window: at - (at % WINDOW_MS), evidence }]
    await store.evidence.append({ source: plan.name, seq: (seq += 1), operations: [seen], cells, groups: [] })
    // Until what was counted is settled.
    clock.now += 2 * MINUTE
  }
  const look = async (): Promise<number | undefined> => {
    await line()
    await flags.load()
    const mine = (await store.rollouts.positions()).find((one) => one.plan === plan.name)
    return mine?.step
  }
  await traffic()
  await flags.load()
  await desk.act({ plan: plan.name, act: 'start', who: 'ada', why: 'ready', dryRun: false })
  expect(await look()).toBe(0)
  return {
    operation,
    clock,
    desk,
    look,
    traffic,
    act: (act: 'pause' | 'resume', name = plan.name) => desk.act({ plan: name, act, who: 'bo', why: 'a test', dryRun: false }),
    whileActing: (work: () => Promise<unknown>) => (between = work),
    said: () => said.find(({ situation }) => situation.plan.name === plan.name)?.transition,
  }
}

const TWO = [step('mirror', { stage: 'shadow' }), step('all')]

describe('nothing goes forward', () => {
  test('when the plan was paused, or all were frozen, between the decision and the step', async () => {
    for (const name of [undefined, '*']) {
      const { clock, traffic, look, act, whileActing } = await ready(TWO)
      clock.now += MINUTE
      await traffic()
      whileActing(() => act('pause', name))
      expect(await look()).toBe(0)
      whileActing(() => Promise.resolve())
      expect(await look()).toBe(0)
      await act('resume', name)
      expect(await look()).toBe(1)
    }
  })

  test('on flags that somebody changed and that are not known yet', async () => {
    const { operation, clock, traffic, look, said, whileActing } = await ready(TWO)
    clock.now += MINUTE
    await traffic()
    const other = new FlagDesk(CONFIG, store, () => undefined)
    await other.load()
    whileActing(() => other.setStage({ operation, region: 'eu', stage: 'off', percent: 100, who: 'bo', why: 'by hand' }))
    expect(await look()).toBe(0)
    whileActing(() => Promise.resolve())
    expect(await look()).toBe(0)
    expect(said()).toMatchObject({ kind: 'ask', cause: 'drift' })
  })

  test('on evidence that is old', async () => {
    const { clock, traffic, look, said } = await ready(TWO)
    clock.now += MINUTE
    await traffic()
    clock.now += 5 * MINUTE
    expect(await look()).toBe(0)
    expect(said()).toMatchObject({ kind: 'hold', cause: 'silence' })
    await traffic()
    expect(await look()).toBe(1)
  })

  test('after a failure, until a person has released it', async () => {
    const { clock, traffic, look, desk, act, said } = await ready([
      step('mirror', { stage: 'shadow' }),
      step('some', { percent: 25 }),
      step('all'),
    ])
    clock.now += MINUTE
    await traffic()
    expect(await look()).toBe(1)
    await desk.act({ plan: `plan-${runs}`, act: 'rollback', who: 'bo', why: 'complaints', dryRun: false })
    for (let minute = 0; minute < 3; minute += 1) {
      clock.now += MINUTE
      await traffic()
      expect(await look()).toBe(1)
      expect(said()).toMatchObject({ kind: 'hold', cause: 'taken-back' })
    }
    await act('resume')
    expect(await look()).toBe(1)
    clock.now += MINUTE
    await traffic()
    expect(await look()).toBe(2)
  })

  test('for a clock that jumps an hour, forward or back, and nothing goes back for it either', async () => {
    const { clock, traffic, look, said } = await ready([
      step('mirror', { stage: 'shadow' }),
      step('some', { percent: 25, bakeMs: HOUR / 2 }),
      step('all'),
    ])
    clock.now += MINUTE
    await traffic()
    expect(await look()).toBe(1)
    clock.now += MINUTE
    await traffic()
    const right = clock.now
    const jump = (ms: number): void => {
      clock.now = right + ms
      clock.jumped = ms
    }
    jump(-HOUR)
    expect(await look()).toBe(1)
    expect(said()).toMatchObject({ kind: 'hold', cause: 'bake' })
    // Forward: the bake seems to be over, and nobody has lived it.
    jump(HOUR)
    await traffic()
    expect(await look()).toBe(1)
    expect(said()).toMatchObject({ kind: 'hold', cause: 'bake' })
    jump(0)
    expect(await look()).toBe(1)
    expect(said()).toMatchObject({ kind: 'hold', cause: 'bake' })
    clock.now = right + HOUR / 2
    await traffic()
    expect(await look()).toBe(2)
  })

  test('on evidence that was counted while a clock was an hour ahead, and does not wait for that hour to come', async () => {
    const { clock, traffic, look, said } = await ready([step('mirror', { stage: 'shadow' }), step('some', { percent: 25 }), step('all')])
    clock.now += MINUTE
    await traffic()
    expect(await look()).toBe(1)
    await traffic(clock.now + HOUR)
    clock.now += 10 * MINUTE
    expect(await look()).toBe(1)
    expect(said()).toMatchObject({ kind: 'hold' })
    await traffic()
    expect(await look()).toBe(2)
  })

  test('again for a resume of what only waited: it keeps its evidence and its bake', async () => {
    const { clock, look, act } = await ready([step('mirror', { stage: 'shadow', bakeMs: HOUR }), step('all')])
    const before = await store.rollouts.positions()
    clock.now += MINUTE
    await act('pause')
    await act('resume')
    expect(await look()).toBe(0)
    expect(await store.rollouts.positions()).toEqual(before)
  })
})
