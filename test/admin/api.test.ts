import { describe, expect, test } from 'vitest'
import { AuditAnswer, FlagsAnswer, OperationAnswer, OverviewAnswer, StatusAnswer } from '../../src/admin/answers.ts'
import { GroupAnswer, GroupsAnswer } from '../../src/admin/group-views.ts'
import type { RolloutView } from '../../src/admin/rollout-views.ts'
import { BanyanError } from '../../src/errors.ts'
import { codeOf, startAdmin } from './admin.ts'
import { EVIL, INSTANT_GROUP, PRODUCT, TRIAL } from './rows.ts'

const encoded = encodeURIComponent(PRODUCT.key)

describe('what is read', () => {
  test.for([
    ['/api/overview', 'overview 60 *', OverviewAnswer],
    ['/api/overview?minutes=15&region=us-east-1', 'overview 15 us-east-1', OverviewAnswer],
    ['/api/overview?gates=true', 'overview 60 * with gates', OverviewAnswer],
    [`/api/operations/${encoded}`, `operation ${PRODUCT.key} 60`, OperationAnswer],
    [`/api/operations/${encodeURIComponent(EVIL.key)}?minutes=5`, `operation ${EVIL.key} 5`, OperationAnswer],
    ['/api/groups', 'groups * * 50', GroupsAnswer],
    [`/api/groups?operation=${encoded}&region=eu-west-1&limit=7`, `groups ${PRODUCT.key} eu-west-1 7`, GroupsAnswer],
    [`/api/groups/${INSTANT_GROUP.id}`, `group ${INSTANT_GROUP.id}`, GroupAnswer],
    ['/api/flags', 'flags', FlagsAnswer],
    ['/api/audit?limit=2', 'audit 2 *', AuditAnswer],
    ['/api/audit?limit=2&plan=reads', 'audit 2 reads', AuditAnswer],
    ['/api/status', 'status', StatusAnswer],
  ] as const)('%s asks the control plane for `%s` and gives what its schema says', async ([path, asked, schema]) => {
    const { plane, ask } = await startAdmin()
    const response = await ask(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(plane.asked).toEqual([asked])
    schema.parse(await response.json())
  })

  test('a list without examples is the same list, without them', async () => {
    const { ask } = await startAdmin()
    const all = GroupsAnswer.parse(await (await ask('/api/groups')).json())
    const few = GroupsAnswer.parse(await (await ask('/api/groups?examples=false')).json())
    expect(few.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(all.some(({ examples }) => examples.length > 0)).toBe(true)
    expect(few.every(({ examples }) => examples.length === 0)).toBe(true)
  })

  test('a list of one region shows examples of that region alone', async () => {
    const { plane, ask } = await startAdmin()
    const [one] = INSTANT_GROUP.examples
    if (one === undefined) throw new Error('no example')
    plane.groupList = [
      {
        ...INSTANT_GROUP,
        examples: [
          { ...one, region: 'mars' },
          { ...one, region: 'eu-west-1' },
        ],
      },
    ]
    const groups = GroupsAnswer.parse(await (await ask('/api/groups?region=eu-west-1')).json())
    expect(groups.flatMap(({ examples }) => examples.map(({ region }) => region))).toEqual(['eu-west-1'])
  })

  test.for([
    ['/api/overview?minutes=0', 400, 'BAD_USAGE'],
    ['/api/overview?minutes=soon', 400, 'BAD_USAGE'],
    ['/api/overview?minuts=5', 400, 'BAD_USAGE'],
    ['/api/groups?limit=1001', 400, 'BAD_USAGE'],
    ['/api/groups?limit=1.5', 400, 'BAD_USAGE'],
    ['/api/operations/query%3ANobody%230000', 404, 'UNKNOWN_OPERATION'],
    ['/api/groups/nothing', 404, 'UNKNOWN_GROUP'],
    ['/api', 404, 'UNKNOWN_ROUTE'],
    ['/api/', 404, 'UNKNOWN_ROUTE'],
    ['/api/nothing', 404, 'UNKNOWN_ROUTE'],
  ] as const)('%s is refused with %i %s', async ([path, status, code]) => {
    const { ask } = await startAdmin()
    const response = await ask(path)
    expect([response.status, await codeOf(response)]).toEqual([status, code])
  })

  test('a fault of ours is told to the log and not to the caller', async () => {
    const { plane, ask, faults } = await startAdmin()
    plane.broken = new Error('connect postgres://banyan:secret@db failed')
    const response = await ask('/api/overview')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(faults).toEqual([plane.broken])
  })

  test('of the units of a plan there are as many as were asked for, and the counts are of all', async () => {
    const { ask } = await startAdmin()
    const read = async (query: string): Promise<readonly RolloutView[]> =>
      (await (await ask(`/api/rollouts${query}`)).json()) as RolloutView[]
    const [all, ...others] = await read('')
    expect(others).toHaveLength(1)
    expect(await read('?plan=reads&limit=2')).toEqual([{ ...all, units: all?.units.slice(0, 2) }])
    expect((await ask('/api/rollouts?limit=1001')).status).toBe(400)
  })

  test('a store that does not answer is told as just that, without its address', async () => {
    const { plane, ask, faults } = await startAdmin({ isAway: ({ message }) => message.startsWith('connect') })
    plane.broken = new Error('connect postgres://banyan:secret@db failed')
    const response = await ask('/api/rollouts')
    const text = await response.text()
    expect([response.status, text]).toEqual([503, expect.stringContaining('STORE_UNREACHABLE')])
    expect(text).not.toContain('secret')
    expect(faults).toEqual([plane.broken])
  })
})

describe('a flip', () => {
  const body = { operation: PRODUCT.key, region: 'eu-west-1', stage: 'live', percent: 50, rest: 'shadow', who: 'ada', why: 'parity holds' }

  test('reaches the control plane as it was sent, and its audit entry comes back', async () => {
    const { plane, post } = await startAdmin()
    const response = await post(body)
    expect(response.status).toBe(200)
    expect(plane.requests).toEqual([body])
    expect(await response.json()).toMatchObject({ who: 'ada', from: 'live 25 %, else shadow', to: 'live 50 %, else shadow' })
  })

  test('means every subject unless it says a percentage, and every region unless it names one', async () => {
    const { plane, post } = await startAdmin()
    await post({ operation: PRODUCT.key, stage: 'off', who: 'ada', why: 'rollback' })
    expect(plane.requests).toEqual([{ operation: PRODUCT.key, stage: 'off', percent: 100, who: 'ada', why: 'rollback' }])
  })

  test.for([
    [{ ...body, stage: 'Live' }, 400],
    [{ ...body, percent: 101 }, 400],
    [{ ...body, percent: -1 }, 400],
    [{ ...body, percent: '50' }, 400],
    [{ ...body, why: '' }, 400],
    [{ ...body, precent: 5 }, 400],
    [{ stage: 'live' }, 400],
    [[], 400],
    ['{"operation":', 400],
    [{ ...body, why: 'x'.repeat(1_001) }, 400],
    [{ ...body, why: 'x'.repeat(70_000) }, 413],
  ] as const)('that is wrong (%j) is refused and changes nothing', async ([wrong, status]) => {
    const { plane, post } = await startAdmin()
    const response = await post(wrong)
    expect([response.status, await codeOf(response)]).toEqual([status, 'BAD_USAGE'])
    expect(plane.requests).toEqual([])
  })

  test('whose body has no length is cut off at the same size', async () => {
    const { plane, ask } = await startAdmin()
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode(' '.repeat(8_192))) })
    const streaming = { method: 'POST', headers: { 'content-type': 'application/json' }, body: endless, duplex: 'half' }
    const response = await ask('/api/flags/stage', streaming)
    expect(response.status).toBe(413)
    expect(plane.requests).toEqual([])
  })

  test('may come in pieces, without a length', async () => {
    const { plane, ask } = await startAdmin()
    const pieces = new Blob([JSON.stringify(body)]).stream()
    const streaming = { method: 'POST', headers: { 'content-type': 'application/json' }, body: pieces, duplex: 'half' }
    expect((await ask('/api/flags/stage', streaming)).status).toBe(200)
    expect(plane.requests).toEqual([body])
  })

  test.for(['POST', 'DELETE'])('without a body (%s) is told so', async (method) => {
    const { ask, faults } = await startAdmin()
    const response = await ask('/api/flags/stage', { method, headers: { 'content-type': 'application/json' } })
    expect([400, 404]).toContain(response.status)
    expect(faults).toEqual([])
  })

  test.for([
    [{ ...body, stage: 'Live' }, 'stage: "Live" is none of off, dualwrite, shadow, live, rampdown, complete'],
    [{ ...body, percent: 101 }, 'percent: 101 is more than 100'],
    [{ ...body, percent: '50' }, 'percent: "50" is not of the type number'],
    [{ ...body, why: ' ' }, 'why: is empty'],
    [{ ...body, precent: 5 }, 'the request: has no member precent'],
    [{ ...body, who: 'controller' }, 'who: "controller": is what Banyan calls itself in the audit log'],
    [{ stage: 'live' }, 'operation: is missing; who: is missing; why: is missing'],
  ] as const)('that is wrong (%j) is told what it was given and what it takes', async ([wrong, message]) => {
    const { post } = await startAdmin()
    expect(await (await post(wrong)).json()).toMatchObject({ error: { message } })
  })

  test.for([
    ['FLAG_CONFLICT', 409],
    ['FLAGS_READ_ONLY', 409],
    ['UNKNOWN_OPERATION', 404],
    ['BAD_USAGE', 400],
    ['STORE_UNREACHABLE', 503],
  ] as const)('that ends in %s is answered with %i and the fix', async ([code, status]) => {
    const { plane, post } = await startAdmin()
    plane.broken = new BanyanError(code, 'it is so')
    const response = await post(body)
    expect([response.status, await codeOf(response)]).toEqual([status, code])
  })
})

describe('health', () => {
  test('the process lives', async () => {
    const { ask, plane } = await startAdmin()
    plane.broken = new Error('the store is gone')
    expect((await ask('/healthz')).status).toBe(200)
  })

  test.for([
    ['ready', {}, 200, 'ready\n'],
    ['not ready, and why', { ready: false, notReady: 'no edge has started' }, 503, 'not ready: no edge has started\n'],
  ] as const)('says %s', async ([, state, status, text]) => {
    const { ask, plane } = await startAdmin()
    plane.state = { ...plane.state, ...state }
    const response = await ask('/readyz')
    expect([response.status, await response.text()]).toEqual([status, text])
  })

  test('a status that cannot be told is not ready', async () => {
    const { ask, plane } = await startAdmin()
    plane.broken = new Error('gone')
    expect((await ask('/readyz')).status).toBe(503)
  })

  test('metrics come in the text format of Prometheus', async () => {
    const response = await (await startAdmin()).ask('/metrics')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toContain('banyan_comparisons_total 7')
  })
})

describe('a decision about a group', () => {
  const path = `/api/groups/${INSTANT_GROUP.id}/triage`
  const send = (ask: (path: string, init?: RequestInit) => Promise<Response>, body: unknown, to = path): Promise<Response> =>
    ask(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const accept = { state: 'accepted', who: 'ada', why: 'both are right', owner: 'web', expires: '2099-01-31' }

  test('reaches the control plane, and the group is the answer', async () => {
    const { plane, ask } = await startAdmin()
    const response = await send(ask, accept)
    expect(response.status).toBe(200)
    expect(GroupAnswer.parse(await response.json()).triage).toMatchObject(accept)
    expect(plane.decisions).toEqual([{ group: INSTANT_GROUP.id, ...accept }])
  })

  test.for([
    ['an unknown state', { ...accept, state: 'gone' }, 400, 'BAD_USAGE'],
    ['no reason', { ...accept, why: '' }, 400, 'BAD_USAGE'],
    ['a day that is none', { ...accept, expires: 'soon' }, 400, 'BAD_USAGE'],
    ['an unknown member', { ...accept, colour: 'red' }, 400, 'BAD_USAGE'],
    ['a change at the same time', { ...accept, why: 'conflict' }, 409, 'GROUP_CONFLICT'],
  ] as const)('with %s is refused', async ([_name, body, status, code]) => {
    const { ask } = await startAdmin()
    const response = await send(ask, body)
    expect(response.status).toBe(status)
    expect(await codeOf(response)).toBe(code)
  })

  test('about an unknown group is refused', async () => {
    const { ask } = await startAdmin()
    expect(await codeOf(await send(ask, accept, '/api/groups/none/triage'))).toBe('UNKNOWN_GROUP')
  })
})

describe('a rule that is tried', () => {
  test('goes to the control plane as it is written', async () => {
    const { plane, ask } = await startAdmin()
    const send = (body: object): Promise<Response> =>
      ask('/api/rules/try', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    expect(await (await send({ text: 'id: a', group: 'g' })).json()).toEqual(TRIAL)
    expect(plane.trials).toEqual([{ text: 'id: a', group: 'g' }])
    expect((await send({ text: '' })).status).toBe(400)
    expect((await send({ text: 'x'.repeat(70_000) })).status).toBe(413)
    expect(plane.trials).toHaveLength(1)
  })
})
