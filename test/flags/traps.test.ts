import { globSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Flag } from '../../src/core/routing/flag.ts'
import { emergencyFlag } from '../../src/core/routing/emergency.ts'
import { STAGES } from '../../src/core/routing/stage.ts'
import { openLaunchDarkly } from '../../src/flags/launchdarkly-feed.ts'
import { createLaunchDarklyStages, type LaunchDarklyStagesSettings } from '../../src/flags/launchdarkly-stages.ts'
import { createStoreStages, type StoreStages } from '../../src/flags/store-stages.ts'
import { keptFlag, launchDarkly, type LaunchDarkly } from '../support/launchdarkly.ts'
import { until } from '../support/sockets.ts'

/** What LaunchDarkly's SDK was measured to do, and what Banyan makes of it. The SDK is the real one; only LaunchDarkly is a stand-in. */
const KEY = 'banyan.query.A'
const asked = (name = 'A', fallback: 'off' | 'shadow' = 'shadow') => ({
  operation: { key: `query:${name}#1`, type: 'query' as const, name, signature: '1', document: '' },
  region: 'eu',
  environment: 'production',
  subject: 'u',
  fallback,
})
const says = (stage: (typeof STAGES)[number], version = 1): Flag => ({
  key: KEY,
  version,
  on: true,
  variations: STAGES,
  offVariation: 0,
  fallthrough: { variation: STAGES.indexOf(stage) },
})

let clock = 0
function open(server: LaunchDarkly, over: Partial<LaunchDarklyStagesSettings> = {}): StoreStages {
  clock = 0
  const settings = { sdkKey: server.sdk, streamUri: server.url, environment: 'production', events: false, now: () => clock, ...over }
  const stages = createLaunchDarklyStages(settings)
  onTestFinished(() => stages.close())
  return stages
}
const stageOf = (stages: StoreStages, name?: string): string => stages.assign(asked(name)).stage
const isUp = (stages: StoreStages) => until(() => stages.assign(asked('~none')).reason === 'DEFAULT')

describe('a stream', () => {
  test('that is lost leaves the last values, says for how long, and is fresh again when it is back', async () => {
    const server = await launchDarkly()
    server.patch(says('live'))
    const stages = open(server)
    await isUp(stages)
    clock = 60_000
    expect(stages.staleness()).toBe(0)
    server.state.stream = 'refuse'
    server.drop()
    await until(() => {
      clock += 1_000
      return stages.staleness() > 0
    })
    const lost = clock
    clock += 90_000
    expect([stageOf(stages), stages.staleness()]).toEqual(['live', expect.closeTo((clock - lost) / 1_000, -1)])
    server.patch(says('off', 2))
    server.state.stream = 'up'
    await until(() => stageOf(stages) === 'off')
    expect(stages.staleness()).toBe(0)
  })

  test('that refuses at the start is asked again, and taken over when it comes', async () => {
    const server = await launchDarkly()
    server.state.stream = 'refuse'
    server.patch(says('live'))
    const stages = open(server)
    expect(stages.assign(asked())).toMatchObject({ stage: 'off', reason: 'CLIENT_NOT_READY' })
    clock = 7_000
    expect(stages.staleness()).toBe(7)
    server.state.stream = 'up'
    await until(() => stageOf(stages) === 'live')
  })

  test('with a wrong key is asked once and never again, and stays stale', async () => {
    const server = await launchDarkly()
    const stages = open(server, { sdkKey: 'wrong' })
    await until(() => server.state.sdkRequests.length > 0)
    clock = 120_000
    expect(stages.staleness()).toBe(120)
    expect(stageOf(stages)).toBe('off')
    expect(server.state.sdkRequests).toEqual(['GET /all'])
  })

  test('that never says a word leaves what was known from before', async () => {
    const server = await launchDarkly()
    server.state.stream = 'silent'
    const stages = open(server)
    stages.update({ flags: [says('live')], segments: [] })
    expect([stageOf(stages), stages.assign(asked('B')).reason]).toEqual(['live', 'DEFAULT'])
    expect(stages.emergency()).toBe(false)
    stages.update({ flags: [emergencyFlag(undefined, true)], segments: [] })
    expect(stages.emergency()).toBe(true)
  })

  test('wins over what was known from before as soon as it is there', async () => {
    const server = await launchDarkly()
    server.patch(says('shadow'))
    const stages = open(server)
    stages.update({ flags: [says('live', 9)], segments: [] })
    await until(() => stageOf(stages) === 'shadow')
    stages.update({ flags: [says('live', 10)], segments: [] })
    expect(stageOf(stages)).toBe('shadow')
  })

  test('with JSON that cannot be read keeps the last value, and is stale until everything is sent anew', async () => {
    const server = await launchDarkly()
    server.patch(says('live'))
    const stages = open(server)
    await isUp(stages)
    server.send('patch', `{"path":"/flags/${KEY}","data":{"key":`)
    await until(() => {
      clock += 1_000
      return stages.staleness() > 0
    })
    expect(stageOf(stages)).toBe('live')
    server.drop()
    await until(() => stages.staleness() === 0)
  })

  test('does not go back to an older version by a patch; all that a new connection brings holds, older or not', async () => {
    const server = await launchDarkly()
    server.patch(says('live', 5))
    const stages = open(server)
    await isUp(stages)
    server.patch(says('complete', 4))
    server.patch({ ...says('live', 1), key: 'banyan.query.B' })
    await until(() => stageOf(stages, 'B') === 'live')
    expect(stages.assign(asked())).toMatchObject({ stage: 'live', version: 5 })
    server.drop()
    await until(() => stageOf(stages) === 'complete')
    expect(stages.assign(asked())).toMatchObject({ version: 4 })
  })

  test('that deletes a flag leaves what the operator said', async () => {
    const server = await launchDarkly()
    server.patch(says('live'))
    const stages = open(server)
    await isUp(stages)
    server.send('delete', JSON.stringify({ path: `/flags/${KEY}`, version: 2 }))
    await until(() => stages.assign(asked()).reason === 'DEFAULT')
    expect(stageOf(stages)).toBe('shadow')
  })

  test('of many changes in a row ends at the last of them', async () => {
    const server = await launchDarkly()
    server.patch(says('off'))
    const stages = open(server)
    await isUp(stages)
    const users = Array.from({ length: 5_000 }, (_, index) => `user-${index}`)
    for (let version = 2; version < 500; version += 1)
      server.patch({
        ...says(version % 2 === 0 ? 'off' : 'live', version),
        targets: [{ variation: 3, values: version === 2 ? users : [] }],
      })
    server.patch(says('complete', 500))
    await until(() => stageOf(stages) === 'complete')
    expect(stages.staleness()).toBe(0)
  })
})

describe('flags', () => {
  test.each<[string, Partial<Flag>]>([
    ['a value that is no stage', { variations: ['sideways'], fallthrough: { variation: 0 } }],
    ['a boolean', { variations: [true, false], fallthrough: { variation: 0 } }],
    ['an index that is not there', { fallthrough: { variation: 17 } }],
    ['no fallthrough', { fallthrough: {} }],
    [
      'a clause without a list, which makes the SDK reject',
      { rules: [{ id: 'r', variation: 3, clauses: [{ contextKind: 'user', attribute: 'key', op: 'in', values: 'u' }] }] as never },
    ],
    ['a prerequisite that is not there', { prerequisites: [{ key: 'nobody', variation: 0 }], fallthrough: { variation: 3 } }],
    ['itself as its prerequisite', { prerequisites: [{ key: KEY, variation: 3 }], fallthrough: { variation: 3 } }],
    ['a switch that is off and nothing behind it', { on: false, offVariation: undefined as never }],
  ])('with %s are off', async (_name, over) => {
    const server = await launchDarkly()
    server.patch({ ...says('live'), ...over })
    const stages = open(server)
    await isUp(stages)
    expect(stageOf(stages)).toBe('off')
  })

  test('nobody made are asked for by a million names and cost nothing: neither a line of the log nor memory', async () => {
    const server = await launchDarkly()
    const stages = open(server)
    await isUp(stages)
    const written = vi.spyOn(process.stderr, 'write')
    const logged = vi.spyOn(console, 'error')
    for (let index = 0; index < 100_000; index += 1) expect(stages.assign(asked(`Op${index}`)).reason).toBe('DEFAULT')
    expect(written).not.toHaveBeenCalled()
    expect(logged).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  test('come out of the SDK as they went in, with segments however long', async () => {
    const server = await launchDarkly()
    const long = Array.from({ length: 500 }, (_, index) => `user-${index}`)
    const segment = {
      key: 'staff',
      version: 3,
      included: long,
      includedContexts: [{ contextKind: 'region', values: long }],
      rules: [{ id: 'r', clauses: [{ contextKind: 'user', attribute: 'email', op: 'endsWith', values: ['@corp.example'] }] }],
    }
    const flag: Flag = {
      ...says('live'),
      rules: [{ id: 'r', variation: 3, clauses: [{ contextKind: 'region', attribute: 'key', op: 'in', values: ['eu'] }] }],
    }
    server.segments['staff'] = segment
    server.patch(flag)
    const feed = openLaunchDarkly({ sdkKey: server.sdk, streamUri: server.url, events: false, now: () => 0 })
    onTestFinished(() => feed.close())
    await until(() => feed.ready())
    expect(feed.content()).toEqual({ flags: [flag], segments: [segment] })
  })
})

describe('the network', () => {
  const hosts = (): Set<string> => {
    const seen = new Set<string>()
    const connect: unknown = Reflect.get(Socket.prototype, 'connect')
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
      const [first] = args.flat() as { host?: string; port?: number }[]
      seen.add(`${first?.host}:${first?.port}`)
      return Reflect.apply(connect as () => Socket, this, args)
    })
    onTestFinished(() => void vi.restoreAllMocks())
    return seen
  }

  test('is not used by the flags of the store', async () => {
    const seen = hosts()
    const stages = createStoreStages(() => 0)
    onTestFinished(() => stages.close())
    stages.update({ flags: [says('live')], segments: [] })
    expect(stageOf(stages)).toBe('live')
    expect([...seen]).toEqual([])
  })

  test('is the Relay Proxy alone where one is named, and no events go there either', async () => {
    const server = await launchDarkly()
    const seen = hosts()
    server.patch(says('live'))
    const stages = createLaunchDarklyStages({
      sdkKey: server.sdk,
      streamUri: server.url,
      environment: 'production',
      events: false,
      now: () => 0,
    })
    await until(() => stageOf(stages) === 'live')
    await stages.close()
    expect([...seen]).toEqual([`127.0.0.1:${server.port}`])
    expect(server.state.sdkRequests).toEqual(['GET /all'])
  })

  test('carries events where the operator wants them', async () => {
    const server = await launchDarkly()
    server.patch(says('live'))
    const stages = createLaunchDarklyStages({
      sdkKey: server.sdk,
      streamUri: server.url,
      environment: 'production',
      events: true,
      now: () => 0,
    })
    await until(() => stageOf(stages) === 'live')
    await stages.close()
    expect(server.state.sdkRequests).toContain('POST /bulk')
  })
})

test('what the SDK has and Banyan must not use is not used: createMigration waits for both sides, the file watcher loses updates, offline evaluates nothing', () => {
  const sources = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'))
  for (const trap of ['createMigration', 'migrationVariation', 'FileDataSource', 'offline:', 'autoUpdate']) {
    expect(sources.filter((text) => text.includes(trap))).toEqual([])
  }
})

test('a flag of the stand-in is one that the SDK understands', async () => {
  const server = await launchDarkly()
  server.add(keptFlag(KEY, 'live'))
  const stages = open(server)
  await until(() => stageOf(stages) === 'live')
  server.byHand(KEY, (flag) => (flag.config.on = false))
  await until(() => stageOf(stages) === 'off')
  expect(stages.assign(asked())).toMatchObject({ version: 2, reason: 'OFF' })
})
