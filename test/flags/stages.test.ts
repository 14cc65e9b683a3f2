import { describe, expect, onTestFinished, test } from 'vitest'
import type { Operation } from '../../src/core/operation/operation.ts'
import { emergencyFlag } from '../../src/core/routing/emergency.ts'
import { flagLines } from '../../src/core/routing/flag-lines.ts'
import type { Flag } from '../../src/core/routing/flag.ts'
import type { FlagSet } from '../../src/core/routing/segment.ts'
import { setStage } from '../../src/core/routing/set-stage.ts'
import { createLaunchDarklyStages } from '../../src/flags/launchdarkly-stages.ts'
import type { StageSource } from '../../src/flags/stage-source.ts'
import { createStoreStages } from '../../src/flags/store-stages.ts'
import { launchDarkly, type LaunchDarkly } from '../support/launchdarkly.ts'
import { until } from '../support/sockets.ts'

const operation = (name: string, signature = '1'): Operation => ({
  key: `query:${name}#${signature}`,
  type: 'query',
  name,
  signature,
  document: '',
})
const flag = (name: string, percent: number, before?: Flag, region = 'eu'): Flag =>
  setStage(before, `banyan.query.${name}`, { operations: [`query:${name}#1`], region, stage: 'live', percent, rest: 'shadow' }, 'shadow')
const asked = (name: string, subject = 'u', region = 'eu', signature = '1') => ({
  operation: operation(name, signature),
  region,
  environment: 'test',
  subject,
  fallback: 'shadow' as const,
})
const live = (stages: StageSource, name: string, users = 2_000): Set<string> =>
  new Set(Array.from({ length: users }, (_, index) => `user-${index}`).filter((user) => stages.assign(asked(name, user)).stage === 'live'))

const set = (...flags: readonly Flag[]): FlagSet => ({ flags, segments: [] })

async function streaming(...flags: readonly Flag[]): Promise<LaunchDarkly> {
  const server = await launchDarkly()
  for (const one of flags) server.patch(one)
  return server
}

const settingsOf = ({ sdk, url }: LaunchDarkly) => ({
  sdkKey: sdk,
  streamUri: url,
  environment: 'production',
  events: false,
  now: () => 0,
})

const closed = <T extends StageSource>(stages: T): T => {
  onTestFinished(() => stages.close())
  return stages
}

describe.each<[string, (flags: Record<string, Flag>) => Promise<StageSource>]>([
  [
    'the store',
    (flags) => {
      const stages = closed(createStoreStages(() => 0))
      stages.update(set(...Object.values(flags)))
      return Promise.resolve(stages)
    },
  ],
  [
    'LaunchDarkly',
    async (flags) => {
      const stages = closed(createLaunchDarklyStages(settingsOf(await streaming(...Object.values(flags)))))
      await until(() => stages.assign(asked('~none')).reason !== 'CLIENT_NOT_READY')
      return stages
    },
  ],
])('stages from %s', (_name, open) => {
  test('are answered at once, by region, and only for the signatures that were known', async () => {
    const stages = await open({ 'banyan.query.A': flag('A', 100) })
    expect(stages.assign(asked('A'))).toMatchObject({ stage: 'live', flag: 'banyan.query.A', reason: 'RULE_MATCH:region-eu' })
    expect(stages.assign(asked('A', 'u', 'us')).stage).toBe('shadow')
    expect(stages.assign(asked('A', 'u', 'eu', '2')).stage).toBe('shadow')
  })

  test('of an operation without a flag are what the operator said', async () => {
    const stages = await open({})
    expect(stages.assign(asked('B'))).toEqual({ stage: 'shadow', flag: 'banyan.query.B', reason: 'DEFAULT' })
  })

  test('of a flag that makes no sense are off', async () => {
    const odd: Flag = { key: 'banyan.query.A', version: 1, on: true, variations: ['sideways'], fallthrough: { variation: 0 } }
    expect((await open({ 'banyan.query.A': odd })).assign(asked('A')).stage).toBe('off')
  })

  test('keep a subject on its side, and move the same subjects first in every operation', async () => {
    const stages = await open({ 'banyan.query.A': flag('A', 10), 'banyan.query.B': flag('B', 10), 'banyan.query.C': flag('C', 40) })
    const [a, b, c] = ['A', 'B', 'C'].map((name) => live(stages, name))
    expect(a).toEqual(b)
    expect(a?.size).toBeGreaterThan(140)
    expect(a?.size).toBeLessThan(260)
    expect([...(a ?? [])].every((user) => c?.has(user))).toBe(true)
  })
})

describe('the store', () => {
  test('is stale from the moment that nobody says any more that its flags hold', () => {
    let now = 0
    const stages = closed(createStoreStages(() => now))
    now = 4_000
    expect(stages.staleness()).toBe(4)
    stages.update(set())
    now = 5_000
    expect(stages.staleness()).toBe(1)
  })

  test('takes a change over at once, back to an older version too, and forgets a flag that is gone', () => {
    const stages = closed(createStoreStages(() => 0))
    const first = flag('A', 100)
    stages.update(set(first))
    const off = { operations: ['query:A#1'], region: 'eu', stage: 'off', percent: 100, rest: 'off' } as const
    stages.update(set(setStage(first, first.key, off, 'shadow')))
    expect(stages.assign(asked('A')).stage).toBe('off')
    stages.update(set(first))
    expect(stages.assign(asked('A')).stage).toBe('live')
    stages.update(set())
    expect(stages.assign(asked('A')).reason).toBe('DEFAULT')
  })
})

test('a rule may be about a client by its name', () => {
  const stages = closed(createStoreStages(() => 0))
  const ofWeb = { id: 'web', clauses: [{ contextKind: 'client', attribute: 'key', op: 'in', values: ['web'] }], variation: 3 }
  stages.update(set({ ...flag('A', 0), rules: [ofWeb] }))
  const stageFor = (client?: string) => stages.assign({ ...asked('A'), ...(client === undefined ? {} : { client }) }).stage
  expect([stageFor('web'), stageFor('ios'), stageFor()]).toEqual(['live', 'shadow', 'shadow'])
})

describe('a LaunchDarkly stream', () => {
  test('that changes is followed, and one that is lost leaves the last values', async () => {
    const server = await streaming(flag('A', 0))
    const stages = closed(createLaunchDarklyStages(settingsOf(server)))
    await until(() => stages.assign(asked('A')).stage === 'shadow' && stages.assign(asked('A')).reason !== 'CLIENT_NOT_READY')
    server.patch({ ...flag('A', 100), version: 7 })
    await until(() => stages.assign(asked('A')).stage === 'live')
    server.drop()
    expect(stages.assign(asked('A')).stage).toBe('live')
  })

  test('with the emergency flag on sends everything to legacy, and off again does not', async () => {
    const server = await streaming(flag('A', 100))
    const stages = closed(createLaunchDarklyStages(settingsOf(server)))
    await until(() => stages.assign(asked('A')).stage === 'live')
    expect(stages.emergency()).toBe(false)
    const on = emergencyFlag(undefined, true)
    server.patch(on)
    await until(() => stages.emergency())
    server.patch(emergencyFlag(on, false))
    await until(() => !stages.emergency())
    expect(stages.assign(asked('A')).stage).toBe('live')
  })

  test('that was never there means off, and says how long already', async () => {
    const server = await streaming()
    let now = 0
    const stages = closed(createLaunchDarklyStages({ ...settingsOf(server), sdkKey: 'wrong', now: () => now }))
    now = 3_000
    expect(stages.assign(asked('A'))).toMatchObject({ stage: 'off', reason: 'CLIENT_NOT_READY' })
    expect(stages.staleness()).toBe(3)
  })
})

describe('a flag', () => {
  test('says in lines what it does, regions first', () => {
    const both = flag('A', 25, flag('A', 100, undefined, 'us'))
    expect(flagLines(both).map(({ region, stage, percent, rest }) => [region, stage, percent, rest])).toEqual([
      ['us', 'live', 100, 'live'],
      ['eu', 'live', 25, 'shadow'],
      ['*', 'shadow', 100, 'shadow'],
    ])
    expect(both.version).toBe(2)
  })
})
