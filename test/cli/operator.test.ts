import { describe, expect, test } from 'vitest'
import { startAdmin, type Admin } from '../admin/admin.ts'
import { PRODUCT, ROWS } from '../admin/rows.ts'
import { cli } from '../support/banyan.ts'
import { httpServer } from '../support/sockets.ts'

const NO_STACK = /\n\s+at /
const TOKENS = { operator: 'op-secret', viewer: 'view-secret' }

/** A command against a Banyan, as the operator unless `token` says otherwise. */
const asked = ({ url }: Pick<Admin, 'url'>, args: readonly string[], token = TOKENS.operator) =>
  cli([...args, '--admin', url], { BANYAN_ADMIN_TOKEN: token })

describe('a token', () => {
  test.each<[string, string, readonly string[], string]>([
    ['that is not set', '', ['rollout', 'list'], 'wants a token, and BANYAN_ADMIN_TOKEN is not set'],
    ['that is wrong', 'guess', ['rollout', 'list'], 'does not know the token in BANYAN_ADMIN_TOKEN'],
    ['that no header can hold', 'a\nb✓', ['rollout', 'list'], 'BANYAN_ADMIN_TOKEN holds what no header can'],
    ["that is a viewer's", TOKENS.viewer, ['rollback', '--all', '--why', 'x', '--dry-run'], "a viewer's token changes nothing"],
  ])('%s is told with what to set, and is not in the message', async (_name, token, args, message) => {
    const admin = await startAdmin({ tokens: TOKENS })
    const ran = await asked(admin, args, token)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/^banyan: .*\n {2}fix: .*\n$/)
    expect(ran.stderr).toContain(message)
    expect(ran.stderr).not.toContain(token === '' ? TOKENS.operator : token)
    expect(admin.plane.asked).toEqual([])
  })
})

describe('what answers 200 and is no Banyan', () => {
  test.each([
    ['says that nothing was changed', ['rollback', '--all', '--why', 'an outage']],
    ['has no plans', ['rollout', 'list']],
    ['has no verdict', ['gate', 'GetUser']],
    ['has no flags', ['flags', 'export']],
  ])('never %s', async (_name, args) => {
    const { url } = await httpServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"changed":false}}'),
    )
    const ran = await asked({ url }, args)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(`no Banyan answers at ${url}: what answers there (200) is not the admin API of a Banyan`)
    expect(ran.stderr).not.toMatch(NO_STACK)
  })

  test('is not followed where it sends elsewhere', async () => {
    const { url } = await httpServer((_request, response) => response.writeHead(301, { location: 'https://admin.example/' }).end())
    expect((await asked({ url }, ['rollout', 'list'])).stderr).toContain('it redirects to https://admin.example/')
  })

  test('is not asked where the address is none', async () => {
    expect(await asked({ url: 'nowhere' }, ['rollout', 'list'])).toMatchObject({
      code: 2,
      stderr: 'banyan: the admin address "nowhere" is no URL\n  fix: write for example http://127.0.0.1:4001\n',
    })
  })
})

test('whoever wants everything at legacy, and reaches no control process, is told of the file that needs none', async () => {
  const ran = await asked({ url: 'http://127.0.0.1:1' }, ['rollback', '--all', '--why', 'an outage'])
  expect(ran.code).toBe(2)
  expect(ran.stderr).toContain('no Banyan answers at http://127.0.0.1:1: ')
  expect(ran.stderr).toContain('make the file that `flags.emergencyFile` names (.banyan/everything-to-legacy) on every replica')
})

describe('bad input', () => {
  test.each<[string, readonly string[], string]>([
    ['a plan that is a path', ['rollout', 'start', '../emergency', '--why', 'x'], 'no plan ../emergency'],
    ['a plan without a name', ['rollout', 'start', '', '--why', 'x'], '"" is no name'],
    ['a plan that is the folder above', ['rollout', 'pause', '..', '--why', 'x'], '".." is no name'],
    ['a reason of nothing but white space', ['rollout', 'start', 'reads', '--why', '  '], 'why: is empty'],
    ['a reason without end', ['rollout', 'start', 'reads', '--why', 'x'.repeat(1_001)], 'why: has more than 1000 characters'],
    ['the name of Banyan itself', ['rollout', 'start', 'reads', '--why', 'x', '--by', 'controller'], 'is what Banyan calls itself'],
    ['a percentage that is empty', ['flags', 'set', 'A', '--stage', 'live', '--percent', '', '--why', 'x'], '"" is no percentage'],
    ['a share of an hour ago', ['gate', 'ProductPage', '--minutes', '99999999'], 'minutes: 99999999 is more than 43200'],
    ['a region that no request can have', ['gate', 'ProductPage', '--region', 'mars'], 'unknown region "mars"'],
    ['a region of groups that no request can have', ['groups', 'list', '--region', 'mars'], 'unknown region "mars"'],
    ['a replay of a year', ['rollout', 'plan', 'reads', '--replay', '300d'], '300d is more than the 30 days'],
    ['one unit of what is about a plan', ['rollout', 'pause', 'reads', '--unit', 'A', '--why', 'x'], "unknown option '--unit'"],
    ['no reason', ['rollout', 'freeze'], "required option '--why <text>' not specified"],
  ])('%s is refused by name, and nothing is done', async (_name, args, message) => {
    const admin = await startAdmin({ tokens: TOKENS })
    const ran = await asked(admin, args)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(/^banyan: .*\n {2}fix: .*\n$/)
    expect(ran.stderr).toContain(message)
    expect(admin.plane.actions.map(({ plan }) => plan).filter((plan) => plan === 'reads')).toEqual([])
    expect(admin.plane.requests).toEqual([])
  })

  test.each([
    ['that the command line has', ['rollout', 'show', '--json'], "missing required argument 'plan'"],
    ['that the API refuses', ['rollout', 'start', 'nobody', '--why', 'x', '--json'], 'no plan nobody'],
  ])('%s is told to a program in JSON', async (_name, args, message) => {
    const { stderr } = await asked(await startAdmin({ tokens: TOKENS }), args)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: expect.any(String), message, hint: expect.any(String) } })
  })
})

test('a gate is asked about every version of an operation: one that fails fails the name', async () => {
  const admin = await startAdmin({ tokens: TOKENS })
  const row = ROWS.find(({ operation }) => operation === PRODUCT.key)
  if (row === undefined) throw new Error('no row of the product page')
  const version = (signature: string, verdict: 'pass' | 'fail') => ({
    ...row,
    operation: `${PRODUCT.key.split('#')[0]}#${signature}`,
    verdict: { ...row.verdict, verdict },
  })
  admin.plane.rows = [version('0000000000000001', 'pass'), version('0000000000000002', 'fail')]
  const name = PRODUCT.name ?? ''
  expect(await asked(admin, ['gate', name])).toMatchObject({ code: 1, stdout: expect.stringContaining('#0000000000000002') })
  expect(await asked(admin, ['gate', admin.plane.rows[0]?.operation ?? ''])).toMatchObject({ code: 0 })
})

test('flags that do not count because everything goes to legacy are shown with that', async () => {
  const admin = await startAdmin({ tokens: TOKENS })
  admin.plane.state = { ...admin.plane.state, emergency: true }
  const ran = await asked(admin, ['flags', 'list', '--json'])
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('everything goes to legacy, whatever the flags say') })
  expect(JSON.parse(ran.stdout)).toHaveLength(6)
})

test('what a flag takes apart is told before it is set, and stays out of the answer that a program reads', async () => {
  const admin = await startAdmin({ tokens: TOKENS })
  const ran = await asked(admin, ['flags', 'set', PRODUCT.key, '--stage', 'live', '--why', 'a test', '--json'])
  expect(ran.stderr).toContain('is then answered by other backends than query:Products: they share Product')
  expect(JSON.parse(ran.stdout)).not.toHaveProperty('warnings')
  expect(admin.plane.requests).toHaveLength(1)
  // It is on the screen before the change is asked for: also where that is refused.
  const late = await asked(admin, ['flags', 'set', PRODUCT.key, '--stage', 'live', '--why', 'a conflict'])
  expect(late).toMatchObject({ code: 2, stdout: '' })
  expect(late.stderr).toMatch(/they share Product\nbanyan: the flag banyan\.query\.ProductPage was changed meanwhile/)
})

test('that nothing was changed yet is told in words', async () => {
  const banyan = await startAdmin({ tokens: TOKENS })
  expect(await asked(banyan, ['flags', 'audit', '--plan', 'nobody'])).toMatchObject({ code: 0, stdout: 'no changes yet\n' })
})

test('the record of one plan is read by itself', async () => {
  const admin = await startAdmin({ tokens: TOKENS })
  const ran = await asked(admin, ['flags', 'audit', '--plan', 'reads', '--limit', '50'])
  expect(admin.plane.asked).toEqual(['audit 50 reads'])
  expect(ran.stdout).toMatch(/^when +who +what +region +from +to +why$/m)
  expect(ran.stdout).toMatch(/ada +plan:reads +all +not started +running +the rewrite of reads is ready/)
})
