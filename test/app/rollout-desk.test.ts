import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RolloutAction } from '../../src/admin/rollout-views.ts'
import { FlagDesk } from '../../src/app/flag-desk.ts'
import { RolloutBook } from '../../src/app/rollout-book.ts'
import { RolloutDesk } from '../../src/app/rollout-desk.ts'
import { Config } from '../../src/config/schema.ts'
import type { Plan } from '../../src/core/rollout/plan.ts'
import { createRolloutLine } from '../../src/lines/rollout.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'

const CONFIG = Config.parse({
  backends: { legacy: { url: 'http://127.0.0.1:1/g' }, candidate: { url: 'http://127.0.0.1:2/g' } },
  region: { header: 'x-region', allow: ['eu'], fallback: 'eu' },
})
const KEY = 'query:A#1'
const live = { regions: ['eu'], stage: 'live', rest: 'shadow', bakeMs: 0, approval: 'person' } as const
const PLAN: Plan = {
  name: 'reads',
  why: 'a test',
  operations: ['query:*'],
  onInconclusive: 'hold',
  frozen: false,
  steps: [
    { ...live, name: 'some', percent: 25, approval: 'automatic' },
    { ...live, name: 'all', percent: 100 },
  ],
}

let store: Store
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-desk-'))
  store = await openStore(`pglite:${folder}`)
  const seen = { key: KEY, type: 'query' as const, name: 'A', signature: '1', document: '{a}', firstSeen: 1, lastSeen: 1 }
  await store.evidence.append({ source: 'edge', seq: 1, operations: [seen], cells: [], groups: [] })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a stage that is set in a dry run is told and not set', async () => {
  const flags = new FlagDesk(CONFIG, store, () => undefined)
  await flags.load()
  const request = { operation: 'A', region: 'eu', stage: 'live', percent: 5, who: 'ada', why: 'a test' } as const
  expect(await flags.setStage({ ...request, dryRun: true })).toMatchObject({ from: 'off', to: 'live 5 %, else off' })
  expect(await store.flags.flags()).toEqual([])
  expect(await store.flags.audit(10)).toEqual([])
})

describe('what people do about a plan', () => {
  test('starts, freezes, lets in, takes back and releases it, and is on record', async () => {
    const flags = new FlagDesk(CONFIG, store, () => undefined)
    await flags.load()
    let now = 1_800_000_000_000
    const desk = new RolloutDesk(
      new RolloutBook(
        { plans: [PLAN], config: CONFIG },
        store,
        flags,
        () => now,
        () => undefined,
        () => '0123456789abcdef',
      ),
      store,
      () => now,
      false,
    )
    const line = createRolloutLine({
      now: () => now,
      observe: () => Promise.resolve(undefined),
      underWay: desk.underWay,
      apply: desk.apply,
      tell: (_advice, decided) => desk.remember(decided),
    })
    const look = async (): Promise<string> => {
      now += 1_000
      await line()
      await flags.load()
      const { stage, percent } = flags.standing(KEY, 'eu')
      return `${stage} ${percent}`
    }
    const act = async (act: RolloutAction['act'], over: Partial<RolloutAction> = {}): Promise<readonly string[]> => {
      const acted = await desk.act({ plan: 'reads', act, who: 'ada', why: 'a test', dryRun: false, ...over })
      await flags.load()
      return [...acted.changes, ...(acted.unchanged ?? []).map((line) => `left: ${line}`)]
    }

    expect(await look()).toBe('off 100')
    for (const early of ['resume', 'advance', 'rollback'] as const)
      await expect(act(early)).rejects.toMatchObject({ code: 'BAD_USAGE', message: 'the plan reads was not started' })
    expect(await act('rollback', { plan: '*' })).toEqual([])
    expect(await act('resume', { plan: '*' })).toEqual(['left: every plan: not frozen already'])
    expect(await act('start', { dryRun: true })).toEqual(['reads: not started → running'])
    expect(await look()).toBe('off 100')
    expect(await act('pause', { plan: '*' })).toEqual(['every plan: not frozen → frozen'])
    expect(await act('pause', { plan: '*' })).toEqual(['left: every plan: frozen already (ada: a test)'])
    expect(await act('start')).toEqual(['reads: not started → running'])
    expect(await act('start')).toEqual(['left: reads: running already (ada: a test)'])
    expect(await act('rollback')).toEqual([`left: ${KEY}: has not begun`])
    // Frozen: a plan that was started stays where it is.
    expect(await look()).toBe('off 100')
    await act('resume', { plan: '*' })
    expect(await look()).toBe('live 25')

    expect(await look()).toBe('live 25')
    expect(await act('advance', { unit: 'A', dryRun: true })).toEqual([`${KEY}: let into all`])
    expect(await look()).toBe('live 25')
    await act('pause')
    expect(await act('advance', { unit: 'A' })).toEqual([`${KEY}: let into all, as soon as the plan is resumed (paused: a test)`])
    expect(await act('advance', { unit: 'A' })).toEqual([`left: ${KEY}: let into all already`])
    await act('resume')
    expect(await look()).toBe('live 100')
    expect(await act('advance')).toEqual([`left: ${KEY}: at its last step`])
    expect(await act('resume', { unit: 'A' })).toEqual([`left: ${KEY}: was neither taken back nor changed by hand`])

    await act('pause')
    // A paused plan goes back all the same.
    expect(await act('rollback')).toEqual([expect.stringContaining('taken back in eu')])
    expect(flags.standing(KEY, 'eu')).toMatchObject({ stage: 'live', percent: 25 })
    expect(await look()).toBe('live 25')
    expect(await act('rollback')).toEqual([`left: ${KEY}: taken back already`])
    expect(await act('advance')).toEqual([`left: ${KEY}: taken back in eu; \`resume\` releases it`])
    expect(await act('resume')).toEqual(['reads: paused → running', expect.stringContaining('→ all')])
    expect(flags.standing(KEY, 'eu')).toMatchObject({ stage: 'live', percent: 100 })

    const entries = (await store.flags.audit(100)).filter(({ target }) => target.startsWith('plan:'))
    expect(entries.filter(({ who }) => who === 'controller').map(({ why }) => why.includes('(rules 0123456789abcdef)'))).toEqual([
      true,
      true,
    ])
    const told = entries.map(({ who, to }) => `${who} ${to}`)
    expect(told.toReversed()).toEqual([
      'ada frozen',
      'ada running',
      'ada not frozen',
      'controller some',
      'ada paused',
      'ada let into all',
      'ada running',
      'controller all',
      'ada paused',
      'ada all, taken back in eu',
      'ada running',
      'ada all',
    ])
  })

  test.each<[string, Partial<RolloutAction>, string]>([
    ['an unknown plan', { plan: 'writes' }, 'UNKNOWN_PLAN'],
    ['an unknown unit', { unit: 'Nobody', act: 'advance' }, 'UNKNOWN_UNIT'],
    ['letting every plan in at once', { plan: '*', act: 'advance' }, 'BAD_USAGE'],
    ['starting every plan at once', { plan: '*', act: 'start' }, 'BAD_USAGE'],
    ['pausing one unit', { unit: 'A' }, 'BAD_USAGE'],
  ])('%s is refused by name', async (_name, over, code) => {
    const desk = new RolloutDesk(
      new RolloutBook({ plans: [PLAN], config: CONFIG }, store, new FlagDesk(CONFIG, store, () => undefined), () => 1),
      store,
      () => 1,
      false,
    )
    const action: RolloutAction = { plan: 'reads', act: 'pause', who: 'ada', why: 'a test', dryRun: false, ...over }
    await expect(desk.act(action)).rejects.toMatchObject({ code })
  })
})
