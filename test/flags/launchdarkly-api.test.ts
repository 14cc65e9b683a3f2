import { describe, expect, test } from 'vitest'
import { lineFor } from '../../src/core/routing/flag-lines.ts'
import { remoteChange, type Want } from '../../src/core/routing/remote-change.ts'
import { LaunchDarklyApi, type LaunchDarklyApiSettings } from '../../src/flags/launchdarkly-api.ts'
import { RemoteTrouble } from '../../src/flags/remote-trouble.ts'
import { keptFlag, launchDarkly, type Fault, type KeptRule, type LaunchDarkly } from '../support/launchdarkly.ts'

const KEY = 'banyan.query.A'
const OPERATIONS = ['query:A#1']
const at = (stage: Want['to'][number]['stage'], percent = 100, rest = stage, region = 'eu') => ({ region, stage, percent, rest })
const want = (from: Want['from'][number], to: Want['to'][number]): Want => ({
  flag: KEY,
  operations: OPERATIONS,
  base: 'off',
  from: [from],
  to: [to],
})
const FORWARD = want(at('off'), at('live', 25, 'shadow'))

function api(server: LaunchDarkly, over: Partial<LaunchDarklyApiSettings> = {}): LaunchDarklyApi {
  const { url: uri, token, project, environment } = server
  return new LaunchDarklyApi({ uri, token, project, environment, timeoutMs: 3_000, now: () => 1_000, ...over })
}

/** Does what is to be done, and says what the flag says then. */
async function bring(server: LaunchDarkly, wanted: Want, forward = true): Promise<string> {
  const one = api(server)
  let change = remoteChange(await one.read(KEY), wanted, forward)
  if (change.kind === 'create') {
    await one.create(KEY, wanted.base)
    change = remoteChange(await one.read(KEY), wanted, forward)
  }
  if (change.kind === 'done') return 'done'
  if (change.kind !== 'patch') return change.kind === 'create' ? 'create' : `${change.kind}: ${change.reason}`
  const { flag } = await one.patch(KEY, change.instructions, 'because')
  expect(remoteChange(await one.read(KEY), wanted, forward)).toEqual({ kind: 'done' })
  const { stage, percent, rest } = lineFor(flag, 'query:A#1', wanted.to[0]?.region ?? '')
  return `${stage} ${percent} ${rest}`
}

const isIn = (contextKind: string, ...values: string[]) => ({
  _id: `clause-${contextKind}`,
  contextKind,
  attribute: 'key',
  op: 'in',
  values,
  negate: false,
})
const rule = (_id: string, variation: number, ...clauses: KeptRule['clauses']): KeptRule => ({ _id, clauses, variation })

describe('a flag in LaunchDarkly', () => {
  test('is moved by instructions that it takes, up, further and back', async () => {
    const server = await launchDarkly()
    server.add(keptFlag(KEY))
    expect(await bring(server, FORWARD)).toBe('live 25 shadow')
    expect(await bring(server, want(at('live', 25, 'shadow'), at('live', 50, 'shadow')))).toBe('live 50 shadow')
    expect(await bring(server, want(at('live', 50, 'shadow'), at('shadow')), false)).toBe('shadow 100 shadow')
    expect(server.flags.get(KEY)?.config.rules).toHaveLength(1)
    expect(
      server
        .patches()
        .map(({ body }) => (body as { comment: string; instructions: { kind: string }[] }).instructions.map(({ kind }) => kind)),
    ).toEqual([['addRule'], ['updateRuleVariationOrRollout'], ['updateRuleVariationOrRollout']])
  })

  test('that is a migration flag gets shares and never one variation', async () => {
    const server = await launchDarkly()
    server.add(keptFlag(KEY, 'off', { purpose: 'migration' }))
    expect(await bring(server, want(at('off'), at('live')))).toBe('live 100 live')
  })

  test('keeps the rules of people, and is patched where ours belongs', async () => {
    const server = await launchDarkly()
    server.add(keptFlag(KEY))
    server.byHand(KEY, ({ config }) => {
      config.rules = [rule('staff', 5, { ...isIn('user', 'ada'), attribute: 'email' }), rule('mine', 2, isIn('region', 'eu', 'us'))]
    })
    expect(await bring(server, want(at('shadow'), at('live', 25, 'shadow')))).toBe('live 25 shadow')
    expect(server.flags.get(KEY)?.config.rules.map(({ _id }) => _id)).toEqual(['staff', expect.any(String), 'mine'])
  })

  test('loses a signature from a rule that is about others too, and nothing else', async () => {
    const server = await launchDarkly()
    server.add(keptFlag(KEY))
    server.byHand(KEY, ({ config }) => {
      config.rules = [rule('both', 3, isIn('region', 'eu'), isIn('operation', 'query:A#1', 'query:A#2'))]
    })
    expect(await bring(server, want(at('live'), at('shadow')), false)).toBe('shadow 100 shadow')
    const kept = server.sdkFlag(KEY)
    expect(lineFor(kept, 'query:A#2', 'eu').stage).toBe('live')
  })

  test('that is not there is made, says nothing new to anybody, and is then moved', async () => {
    const server = await launchDarkly()
    await api(server).create(KEY, 'shadow')
    const made = server.flags.get(KEY)
    expect([made?.config.on, made?.variations[made.config.offVariation]?.value]).toEqual([false, 'shadow'])
    // Once more is nothing.
    await api(server).create(KEY, 'off')
    expect(await bring(server, { ...want(at('shadow'), at('live', 25, 'shadow')), base: 'shadow' })).toBe('live 25 shadow')
    const { on, fallthrough } = server.sdkFlag(KEY)
    expect([on, fallthrough]).toEqual([true, { variation: 2 }])
  })

  test('of which a person changed what a decision is about is left alone', async () => {
    const server = await launchDarkly()
    server.add(keptFlag(KEY, 'shadow'))
    expect(await bring(server, FORWARD)).toBe('changed: the flag banyan.query.A says shadow in eu and not off any more')
    expect(server.patches()).toEqual([])
  })

  test.each<[string, (flag: ReturnType<typeof keptFlag>) => void, string]>([
    ['archived', (flag) => (flag.archived = true), 'is archived'],
    [
      'of another type',
      (flag) => (flag.variations = [true, false].map((value) => ({ _id: `${value}`, value }))),
      'has no variation `shadow`',
    ],
    [
      'with a target for a region',
      ({ config }) => config.contextTargets.push({ contextKind: 'region', values: ['ap'], variation: 3 }),
      'targets of the kind region',
    ],
    ['with a prerequisite', ({ config }) => config.prerequisites.push({ key: 'other', variation: 0 }), 'has prerequisites'],
    [
      'switched off, with a rule that would then count',
      ({ config }) => Object.assign(config, { on: false, rules: [rule('x', 3, isIn('region', 'ap'))] }),
      'is switched off',
    ],
    [
      'switched off, with another stage behind it',
      ({ config }) => Object.assign(config, { on: false, fallthrough: { variation: 3 } }),
      'is switched off',
    ],
  ])('%s is for a person to mend', async (_name, change, reason) => {
    const server = await launchDarkly()
    const flag = keptFlag(KEY)
    change(flag)
    server.add(flag)
    expect(await bring(server, FORWARD)).toMatch(new RegExp(`^obstacle: the flag banyan.query.A .*${reason}`))
  })

  test('with a prerequisite goes back all the same, and one that is off stays off', async () => {
    const server = await launchDarkly()
    server.add(keptFlag(KEY, 'live'))
    server.byHand(KEY, ({ config }) => config.prerequisites.push({ key: 'other', variation: 0 }))
    expect(await bring(server, want(at('live'), at('shadow')), false)).toBe('shadow 100 shadow')
    server.byHand(KEY, ({ config }) => (config.on = false))
    expect(await bring(server, want(at('off'), at('shadow')), false)).toBe('done')
    expect(server.flags.get(KEY)?.config.on).toBe(false)
  })
})

describe('what goes wrong', () => {
  const trouble = async (server: LaunchDarkly, fault: Fault, over = {}): Promise<RemoteTrouble> => {
    server.add(keptFlag(KEY))
    server.state.fault = () => fault
    return api(server, over)
      .patch(KEY, [{ kind: 'turnFlagOn' }], 'because')
      .then(
        () => Promise.reject(new Error('it was done')),
        (error: unknown) => error as RemoteTrouble,
      )
  }
  test.each<[string, Fault, Partial<RemoteTrouble>]>([
    [
      'an approval that is required',
      { status: 405, body: '{"code":"approval_required","message":"Approval required"}' },
      { kind: 'approval' },
    ],
    [
      'an approval in the form of a 403',
      { status: 403, body: '{"code":"forbidden","message":"this needs an approval"}' },
      { kind: 'approval' },
    ],
    ['a token without the right', { status: 403, body: '{"code":"forbidden","message":"no"}' }, { kind: 'denied' }],
    ['a conflict', { status: 409 }, { kind: 'conflict' }],
    ['a rate limit in seconds', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'rate-limited', retryAfterMs: 7_000 }],
    [
      'a rate limit until a moment',
      { status: 429, headers: { 'x-ratelimit-reset': '5000' } },
      { kind: 'rate-limited', retryAfterMs: 4_000 },
    ],
    ['a rate limit without a word', { status: 429 }, { kind: 'rate-limited', retryAfterMs: undefined }],
    ['an error of the server', { status: 500 }, { kind: 'down' }],
    ['maintenance', { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:31 GMT' } }, { kind: 'down', retryAfterMs: 30_000 }],
    ['a redirect, which is not followed', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { kind: 'down' }],
    ['an answer that is no JSON', { status: 200, body: '<html>' }, { kind: 'down' }],
    ['an answer that is no flag', { status: 200, body: '{"environments":{"production":{"rules":7}}}' }, { kind: 'down' }],
    ['a connection that breaks', 'drop', { kind: 'down' }],
    ['an answer that is lost', 'lost', { kind: 'down' }],
    ['a bad request', { status: 400, body: '{"message":"would break a pending change"}' }, { kind: 'refused' }],
  ])('%s is told for what it is', async (_name, fault, expected) => {
    const server = await launchDarkly()
    const told = await trouble(server, fault)
    expect(told).toBeInstanceOf(RemoteTrouble)
    expect(told).toMatchObject(expected)
  })

  test('a server that never answers is given up', async () => {
    expect(await trouble(await launchDarkly(), 'hang', { timeoutMs: 50 })).toMatchObject({ kind: 'down' })
  })

  test('an answer without end is not read to its end', async () => {
    const huge = `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`
    expect((await trouble(await launchDarkly(), { status: 200, body: huge })).message).toContain('no end')
  })

  test('the token is in no message, also where LaunchDarkly says it', async () => {
    const server = await launchDarkly()
    const told = await trouble(server, { status: 403, body: JSON.stringify({ message: `token ${server.token} may not` }) })
    expect(told.message).toBe('LaunchDarkly answers PATCH /api/v2/flags/default/banyan.query.A with 403: token … may not')
  })

  test.each([
    ['a wrong token', { token: 'wrong' }, 'denied'],
    ['an unknown environment', { environment: 'staging' }, 'refused'],
    ['an unknown project', { project: 'nobody' }, 'absent'],
  ])('%s is not taken for a flag that is not there', async (_name, over, kind) => {
    await expect(api(await launchDarkly(), over).read(KEY)).rejects.toMatchObject({ kind })
  })

  test('a flag that is not there is just that', async () => {
    expect(await api(await launchDarkly()).read(KEY)).toBeUndefined()
  })
})
