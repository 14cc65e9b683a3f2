import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Identified, OperationType } from '../../../src/core/operation/operation.ts'
import { pathWords, restOperation } from '../../../src/core/operation/rest.ts'
import { decide, policyFor, spared } from '../../../src/core/routing/decide.ts'
import { deniedBy } from '../../../src/core/routing/deny.ts'
import { policyOf, type OperationPolicy } from '../../../src/core/routing/policy.ts'
import { rolesFor, STAGES } from '../../../src/core/routing/stage.ts'
import { WRITES, type Writes } from '../../../src/core/routing/writes.ts'

const mutation: Identified = {
  kind: 'operation',
  operation: { key: 'mutation:Add#1', type: 'mutation', name: 'Add', signature: '1', document: '' },
  roots: ['add'],
  unmirrorable: 'mutation',
}
const under = (writes: Writes) => ({ writes, isDenied: false })

describe('the stage table', () => {
  test('is the one of docs/writes.md', () => {
    const cell = (stage: (typeof STAGES)[number], type: OperationType, writes: Writes): string => {
      const { primary, shadow } = rolesFor(stage, type, writes)
      return shadow === undefined ? primary : `${primary}${writes === 'sandbox' ? ', then ' : ' and '}${shadow}`
    }
    const rows = STAGES.map((stage) => {
      const mutations = (['single', 'sandbox', 'dry-run'] as const).map((writes) => cell(stage, 'mutation', writes))
      return `| \`${stage}\` | ${[cell(stage, 'query', 'single'), ...mutations].join(' | ')} |`
    })
    expect(readFileSync(new URL('../../../docs/writes.md', import.meta.url), 'utf8')).toContain(rows.join('\n'))
    for (const stage of STAGES)
      for (const writes of WRITES) expect(rolesFor(stage, 'write', writes)).toEqual(rolesFor(stage, 'mutation', writes))
    for (const stage of STAGES) expect(rolesFor(stage, 'mutation', 'validate-only')).toEqual(rolesFor(stage, 'mutation', 'dry-run'))
  })

  test('has one origin for a subscription, whatever the policy', () => {
    for (const stage of STAGES) for (const writes of WRITES) expect(rolesFor(stage, 'subscription', writes).shadow).toBeUndefined()
  })
})

describe('a mutation', () => {
  test('is asked of a second origin only where a policy says how', () => {
    for (const writes of WRITES) {
      const { shadow, unmirrored } = decide(mutation, 'shadow', under(writes), true, false)
      expect([shadow, unmirrored]).toEqual(writes === 'single' ? [undefined, 'unmirrorable'] : ['candidate', undefined])
    }
  })

  test('of a path is the same, but for the validation of a document that it does not have', () => {
    const write: Identified = { ...mutation, operation: { ...mutation.operation, key: 'write:POST /a#1', type: 'write' }, roots: [] }
    const shadows = WRITES.map((writes) => decide(write, 'shadow', under(writes), true, false).shadow)
    expect(shadows).toEqual([undefined, 'candidate', 'candidate', undefined])
    expect(decide({ ...write, unmirrorable: 'streamed' }, 'shadow', under('sandbox'), true, false)).toMatchObject({
      unmirrored: 'unmirrorable',
      writes: 'sandbox',
    })
  })

  test('that goes to a sandbox is not left out by the sample; a rehearsal is', () => {
    expect(decide(mutation, 'shadow', under('sandbox'), false, false).shadow).toBe('candidate')
    expect(decide(mutation, 'shadow', under('dry-run'), false, false).unmirrored).toBe('not-sampled')
  })

  test('in a batch, an upload or on the deny list is not, and its policy is remembered where both stores should have it', () => {
    const batch: Identified = { kind: 'batch', operations: [mutation.operation], roots: [['add']], unmirrorable: 'mutation' }
    expect(decide(batch, 'shadow', under('sandbox'), true, false)).toMatchObject({ unmirrored: 'unmirrorable', writes: 'sandbox' })
    expect(decide({ ...mutation, unmirrorable: 'upload' }, 'shadow', under('sandbox'), true, false)).toMatchObject({
      unmirrored: 'unmirrorable',
    })
    const denied = decide(mutation, 'shadow', { writes: 'sandbox', isDenied: true }, true, false)
    expect(denied).toEqual({ stage: 'shadow', primary: 'legacy', unmirrored: 'denied' })
    const live = decide(mutation, 'live', under('sandbox'), true, false)
    expect(spared(live)).toEqual({ stage: 'live', primary: 'legacy', unmirrored: 'breaker', writes: 'sandbox' })
  })
})

describe('a policy', () => {
  const of = (policies: readonly OperationPolicy[], region = 'eu', name = 'Add', roots = ['add']) =>
    policyOf(policies, { key: `mutation:${name}#0123456789abcdef`, type: 'mutation', name, roots, region }, [])

  test('is `single` where nobody says otherwise', () => {
    expect(of([])).toEqual({ stage: 'off', writes: 'single', isDenied: false })
    expect(of([{ match: 'query:*', writes: 'sandbox' }]).writes).toBe('single')
  })

  test('is that of the last that fits and has the key, in its regions', () => {
    const policies = [
      { match: 'mutation:*', writes: 'sandbox', stage: 'shadow' },
      { match: 'mutation:Add', mirror: 'never' },
      { match: 'mutation:A*', writes: 'dry-run', regions: ['us'] },
    ] as const
    expect(of(policies)).toEqual({ stage: 'shadow', writes: 'sandbox', isDenied: true })
    expect(of(policies, 'us')).toEqual({ stage: 'shadow', writes: 'dry-run', isDenied: true })
    expect(of([...policies, { match: 'mutation:*', writes: 'single' }], 'us').writes).toBe('single')
  })

  test('lets one operation of the deny list through by its whole key', () => {
    const policies = [{ match: 'mutation:Login#0123456789abcdef', mirror: 'allow' }] as const
    expect(of(policies, 'eu', 'Login', ['login']).isDenied).toBe(false)
    expect(of([], 'eu', 'Login', ['login']).isDenied).toBe(true)
  })

  test('of a batch is denied with any of its entries, and that of its first mutation', () => {
    const batch: Identified = { kind: 'batch', operations: [mutation.operation, mutation.operation], roots: [[], []] }
    const all = [
      { stage: 'off', writes: 'single', isDenied: true },
      { stage: 'off', writes: 'sandbox', isDenied: false },
    ] as const
    expect(policyFor(batch, (_, index) => all[index] ?? all[0])).toEqual({ writes: 'sandbox', isDenied: true })
  })
})

describe('the deny list', () => {
  test.each([
    'login',
    'userLogin',
    'logIn',
    'signInWithGoogle',
    'logout',
    'sign_out',
    'refreshToken',
    'tokenAuth',
    'verifyJWT',
    'resetPassword',
    'changePassword',
    'payInvoice',
    'createPayment',
    'chargeCard',
    'checkout',
    'refundOrder',
    'requestOTP',
    'transferMoney',
    'startAuthentication',
    'authorizeDevice',
    'changePwd',
    'enable2FA',
    'revokeApiKeys',
    'buyNow',
  ])('has the mutation %s, by its field and by its name', (name) => {
    expect(deniedBy({ type: 'mutation', roots: [name] }, [])).toBeDefined()
    expect(deniedBy({ type: 'mutation', name, roots: ['x'] }, [])).toBeDefined()
  })

  test.each([
    ['POST', '/login', 'login'],
    ['PUT', '/users/{id}/password', 'password'],
    ['POST', '/auth/token/refresh', 'auth'],
    ['POST', '/orders/{token}', undefined],
    ['POST', '/orders', undefined],
    ['POST', '/transfers', 'transfer'],
    ['POST', '/cart/checkouts', 'checkout'],
    ['POST', '/resetpassword', 'password'],
    ['POST', '/userlogin', 'login'],
    ['POST', '/api-keys', 'apikey'],
    ['GET', '/login', undefined],
  ] as const)('has a REST operation that writes by the words of its path: %s %s', (method, path, word) => {
    const operation = restOperation(method, path, { name: 'x' })
    expect(deniedBy({ ...operation, roots: pathWords(operation) }, [])).toBe(word)
  })

  test.each([
    'addReview',
    'updateProfile',
    'login_',
    'createBlogInstance',
    'paint',
    'catalogIndex',
    'logIncident',
    'assigning',
    'setLayout',
    'logins_',
  ])('tells whole words: %s', (name) => {
    expect(deniedBy({ type: 'mutation', roots: [name] }, []) !== undefined).toBe(/^logins?_$/.test(name))
  })

  test.each([
    ['refreshToken', true],
    ['login', true],
    ['logOut', true],
    ['payments', false],
    ['token', false],
    ['passwordPolicy', false],
    ['user', false],
  ])('has of queries those that begin with a verb: %s %s', (root, denied) => {
    expect(deniedBy({ type: 'query', name: 'Login', roots: [root] }, []) !== undefined).toBe(denied)
  })

  test('has what the operator adds: a root field, with its type or without, or an operation', () => {
    const query = { type: 'query', name: 'Home', roots: ['markSeen'] } as const
    expect(['markSeen', 'mark*', 'Query.mark*', 'Home'].map((pattern) => deniedBy(query, [pattern]))).toEqual([
      'markSeen',
      'mark*',
      'Query.mark*',
      'Home',
    ])
    expect(['Mutation.markSeen', 'seen', 'Query.Home'].map((pattern) => deniedBy(query, [pattern]))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
