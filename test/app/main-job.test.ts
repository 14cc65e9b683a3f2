import { describe, expect, onTestFinished, test } from 'vitest'
import type { Status } from '../../src/admin/control-plane.ts'
import type { GroupView } from '../../src/admin/group-views.ts'
import type { Group } from '../../src/core/comparison/group.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, isWhole, startTree, type Tree } from '../support/banyan.ts'
import { crashThreads } from '../support/crash-thread.ts'
import { freePort } from '../support/postgres.ts'
import { httpServer, until, type Listening } from '../support/sockets.ts'

interface Backend extends Listening {
  readonly seen: {
    readonly method: string
    readonly url: string
    readonly headers: NodeJS.Dict<string | string[]>
    readonly body: string
  }[]
}

/** A GraphQL backend that answers every request with the same data, and remembers what it was asked. */
async function backend(data: unknown, headers: Record<string, string> = {}): Promise<Backend> {
  const seen: Backend['seen'] = []
  const server = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ data }))
    })
  })
  return { ...server, seen }
}

function tree(
  legacy: Pick<Listening, 'url'>,
  candidate: Pick<Listening, 'url'>,
  extra: object = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Tree> {
  return startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api` } },
      region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
      subject: { header: 'x-user' },
      operations: [{ match: 'query:*', stage: 'shadow' }],
      privacy: { allow: ['*'] },
      ...extra,
    },
    env,
  )
}

const compared = async (banyan: Tree): Promise<number> =>
  (await banyan.overview()).rows.reduce((sum, { summary }) => sum + summary.compared, 0)
const outcomes = async (banyan: Tree): Promise<Record<string, number>> => {
  const all: Record<string, number> = {}
  for (const { summary } of (await banyan.overview()).rows)
    for (const [name, count] of Object.entries(summary.outcomes)) all[name] = (all[name] ?? 0) + count
  return all
}

describe('the main job', () => {
  test('legacy answers, the candidate is asked the same, and the difference is a group with an example', async () => {
    const [legacy, candidate] = [await backend({ name: 'Swaziland' }), await backend({ name: 'Eswatini' })]
    const banyan = await tree(legacy, candidate)
    const answer = await ask(banyan, 'query Country { name }', {
      'x-user': 'u1',
      cookie: 'session=1',
      authorization: 'Bearer x',
      'if-none-match': '"x"',
      'x-region': 'us',
    })
    expect(answer).toMatchObject({ status: 200, text: '{"data":{"name":"Swaziland"}}' })
    await until(async () => (await compared(banyan)) === 1)

    expect(candidate.seen).toMatchObject([{ method: 'POST', url: '/api', body: legacy.seen[0]?.body }])
    expect(candidate.seen[0]?.headers).toMatchObject({ 'x-banyan-shadow': 'shadow', 'x-user': 'u1' })
    for (const removed of ['cookie', 'authorization', 'if-none-match']) expect(candidate.seen[0]?.headers).not.toHaveProperty(removed)
    expect(legacy.seen[0]?.headers).toMatchObject({ cookie: 'session=1', authorization: 'Bearer x', 'if-none-match': '"x"' })
    const { rows } = await banyan.overview()
    expect(rows).toMatchObject([{ region: 'us', stage: 'shadow', summary: { requests: 1, compared: 1, coverage: 1, parity: 0 } }])
    const groups = await banyan.get<Group[]>('/api/groups')
    expect(groups).toMatchObject([{ class: 'value', coordinate: 'query.name', examples: [{ path: 'data.name', region: 'us' }] }])
  })

  test('a mutation is never mirrored, nor anything that may hold one', async () => {
    const [legacy, candidate] = [await backend({ ok: true }), await backend({ ok: true })]
    const banyan = await tree(legacy, candidate)
    const bodies = [
      '{"query":"mutation M { ok }"}',
      '{"query":"query Q { ok } mutation M { ok }","operationName":"Q"}',
      '{"query":"{ ok }","query":"mutation { ok }"}',
      '[{"query":"mutation { ok }"}]',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}',
      'not JSON',
    ]
    for (const body of bodies) await fetch(banyan.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    await fetch(`${banyan.url}?query=mutation{ok}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ ok }"}',
    })
    await ask(banyan, 'query Plain { ok }')
    await until(async () => (await compared(banyan)) === 1)
    expect(legacy.seen).toHaveLength(8)
    expect(candidate.seen.map(({ body }) => body)).toEqual(['{"query":"query Plain { ok }"}'])
  })

  test('every other path, method and body passes to legacy untouched', async () => {
    const [legacy, candidate] = [await backend({}), await backend({})]
    const banyan = await tree(legacy, candidate)
    const root = new URL('/', banyan.url).href
    await fetch(`${root}webhooks/stripe?a=1&b=2`, { method: 'PUT', headers: { 'x-odd': 'yes' }, body: 'raw bytes' })
    await fetch(`${root}admin/`, { method: 'DELETE' })
    const form = new FormData()
    form.set('file', new Blob(['upload']))
    await fetch(banyan.url, { method: 'POST', body: form })
    expect(legacy.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PUT /webhooks/stripe?a=1&b=2',
      'DELETE /admin/',
      'POST /graphql',
    ])
    expect(legacy.seen[0]).toMatchObject({ body: 'raw bytes', headers: { 'x-odd': 'yes' } })
    expect(legacy.seen[2]?.body).toContain('upload')
    expect(candidate.seen).toEqual([])
  })

  test('a flag moves one operation in one region within a second, keeps subjects on their side, and is audited', async () => {
    const [legacy, candidate] = [await backend({ a: 1 }, { 'x-from': 'legacy' }), await backend({ a: 1 }, { 'x-from': 'candidate' })]
    const banyan = await tree(legacy, candidate)
    const side = async (user: string, region: string): Promise<string | null> =>
      (await ask(banyan, 'query Who { a }', { 'x-user': user, 'x-region': region })).headers.get('x-from')
    await side('u', 'eu')
    await until(async () => (await compared(banyan)) === 1)
    const set = await cli([
      'flags',
      'set',
      'Who',
      '--region',
      'us',
      '--stage',
      'live',
      '--percent',
      '25',
      '--by',
      'ada',
      '--why',
      'first step',
      '--admin',
      banyan.admin,
    ])
    expect(set).toMatchObject({ code: 0, stdout: 'banyan.query.Who in us: shadow → live 25 %, else shadow\n' })
    const at = performance.now()
    const users = Array.from({ length: 60 }, (_, index) => `user-${index}`)
    const sides = (region: string): Promise<(string | null)[]> => Promise.all(users.map((user) => side(user, region)))
    await until(async () => (await sides('us')).includes('candidate'))
    expect(performance.now() - at).toBeLessThan(5_000)
    const first = await sides('us')
    expect(first.filter((one) => one === 'candidate').length).toBeGreaterThan(4)
    expect(first.filter((one) => one === 'legacy').length).toBeGreaterThan(30)
    expect(await sides('us')).toEqual(first)
    expect(await sides('eu')).toEqual(users.map(() => 'legacy'))

    const list = await cli(['flags', 'list', '--admin', banyan.admin])
    expect(list.stdout).toContain('live 25 %, else shadow')
    expect(await banyan.get<AuditEntry[]>('/api/audit')).toMatchObject([
      { who: 'ada', why: 'first step', region: 'us', from: 'shadow', to: 'live 25 %, else shadow' },
    ])
    expect(await cli(['flags', 'set', 'Whoo', '--why', 'a test', '--stage', 'live', '--admin', banyan.admin])).toMatchObject({
      code: 2,
      stderr: 'banyan: no operation Whoo was seen\n  fix: did you mean Who?\n',
    })
  })

  test('at live a failing candidate is answered by legacy, and counted', async () => {
    const legacy = await backend({ from: 'legacy' })
    const candidate = await httpServer((_, response) => response.writeHead(500).end('broken'))
    const banyan = await tree(legacy, candidate)
    await ask(banyan, 'query Who { from }')
    await until(async () => (await outcomes(banyan))['compared'] === 1)
    await cli(['flags', 'set', 'Who', '--why', 'a test', '--stage', 'live', '--admin', banyan.admin])
    await until(async () => {
      expect((await ask(banyan, 'query Who { from }')).text).toBe('{"data":{"from":"legacy"}}')
      return (await banyan.overview()).rows.some(({ summary }) => summary.fallbacks > 0)
    })
  })
})

test('a group knows the clients that saw it, the builds of the candidate, and the rule that it suggests', async () => {
  const legacy = await backend({ at: '2024-01-01T00:00:00.000000+00:00' })
  const candidate = await backend({ at: '2024-01-01T00:00:00Z' }, { 'x-build': '2.0.1' })
  const banyan = await tree(legacy, candidate, {
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api`, buildHeader: 'X-Build' } },
  })
  await ask(banyan, 'query When { at }', { 'apollographql-client-name': 'web' })
  await until(async () => (await compared(banyan)) === 1)
  const [group] = await banyan.get<GroupView[]>('/api/groups')
  expect(group?.facets.filter(({ facet }) => facet !== 'hour').map(({ facet, name, count }) => `${facet} ${name} ${count}`)).toEqual([
    'build 2.0.1 1',
    'client web 1',
  ])
  expect(group?.trend.hours.at(-1)).toBe(1)
  expect(group?.suggestion?.yaml).toContain('  at: "field:query.at"\n  do: { timestamp: { precision: us } }\n')
  const { stdout } = await cli(['report', '--admin', banyan.admin])
  expect(stdout).toContain('  1. fix `query.at` and query:When, 100 % of traffic, is at parity\n')
  for (const part of ['clients web 1', 'builds 2.0.1 1', 'suggests a rule: both are the same instant', 'do: { timestamp'])
    expect(stdout).toContain(part)
})

test('an accepted group blocks no more, one that was said to be fixed opens again when it is seen, and all of it is on record', async () => {
  const [legacy, candidate] = [await backend({ name: 'Swaziland' }), await backend({ name: 'Eswatini' }, { 'x-build': '1' })]
  const banyan = await tree(legacy, candidate, {
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api`, buildHeader: 'x-build' } },
  })
  const classes = async (): Promise<object> => (await banyan.overview()).rows[0]?.summary.classes ?? {}
  await ask(banyan, 'query Country { name }')
  await until(async () => (await compared(banyan)) === 1)
  const groupOf = async (state: string): Promise<GroupView | undefined> => (await banyan.get<GroupView[]>(`/api/groups?state=${state}`))[0]
  const { id } = (await groupOf('open')) ?? { id: '' }
  const decide = (...args: readonly string[]) => cli(['groups', ...args, '--by', 'ada', '--admin', banyan.admin])

  const accepted = await decide('accept', id.slice(0, 6), '--why', 'a new name', '--owner', 'web', '--expires', '2099-01-31')
  expect(accepted).toMatchObject({ code: 0 })
  expect(accepted.stdout).toContain('do: { ignore: { classes: [value] } }')
  await until(async () => {
    await ask(banyan, 'query Country { name }')
    return 'normalised' in (await classes())
  })
  expect((await groupOf('accepted'))?.triage).toMatchObject({ owner: 'web', expires: '2099-01-31', who: 'ada' })
  expect(await groupOf('open')).toBeUndefined()

  expect(await decide('fixed', id, '--why', 'renamed', '--build', '1')).toMatchObject({ code: 0 })
  await until(async () => {
    await ask(banyan, 'query Country { name }')
    return (await groupOf('open')) !== undefined
  })
  expect((await groupOf('open'))?.triage).toMatchObject({ who: 'controller', why: 'seen again in build 1' })
  const log = await banyan.get<AuditEntry[]>('/api/audit')
  expect(log.map(({ who, from, to }) => `${who}: ${from} → ${to.split(':')[0]}`)).toEqual([
    'controller: fixed → open',
    'ada: accepted → fixed',
    'ada: open → accepted',
  ])
  expect(await decide('accept', 'ffff', '--why', 'x', '--owner', 'web', '--expires', '2099-01-31')).toMatchObject({ code: 2 })
  expect((await decide('accept', id, '--why', 'x', '--owner', 'web', '--expires', '2001-01-31')).stderr).toContain('2001-01-31 is over')
})

describe('the process tree', () => {
  const isNew = (banyan: Tree, name: string, old: number): boolean => {
    try {
      return banyan.pid(name) !== old
    } catch {
      return false // not there yet
    }
  }

  test('goes on serving and is whole again after a kill -9 of control and of an edge', async () => {
    const [legacy, candidate] = [await backend({ a: 1 }), await backend({ a: 1 })]
    const banyan = await tree(legacy, candidate)
    let [going, failed] = [true, 0]
    const clients = (async () => {
      while (going) {
        const ok = await ask(banyan, 'query A { a }').then(
          ({ status }) => status === 200,
          () => false,
        )
        if (!ok) failed += 1
      }
    })()
    onTestFinished(() => void (going = false))
    await until(async () => (await compared(banyan).catch(() => 0)) > 0)

    const control = banyan.pid('control')
    process.kill(control, 'SIGKILL')
    await until(async () => isNew(banyan, 'control', control) && (await isWhole(banyan, 2)))
    expect(failed).toBe(0)

    const edge = banyan.pid('edge-1')
    process.kill(edge, 'SIGKILL')
    await until(async () => isNew(banyan, 'edge-1', edge) && (await isWhole(banyan, 2)))
    // One client, so at most the one request that it had under way, and the connection that undici kept.
    expect(failed).toBeLessThanOrEqual(2)
    const before = await compared(banyan)
    await until(async () => (await compared(banyan).catch(() => 0)) > before)
    going = false
    await clients
  })

  test('goes on serving and comparing after a crash of the shadow thread, and counts what the thread had as lost', async () => {
    const [legacy, candidate] = [await backend({ a: 1 }), await backend({ a: 1 })]
    const inspectorPort = await freePort()
    const banyan = await tree(legacy, candidate, {}, { NODE_OPTIONS: `--inspect-port=${inspectorPort}` })
    let [going, sent, failed] = [true, 0, 0]
    const clients = (async () => {
      while (going) {
        sent += 1
        const { status } = await ask(banyan, 'query A { a }').catch(() => ({ status: 0 }))
        if (status !== 200) failed += 1
      }
    })()
    onTestFinished(() => void (going = false))
    await until(async () => (await compared(banyan)) > 0)

    await crashThreads(banyan.pid('edge-1'), inspectorPort)
    await until(async () => (await banyan.get<Status>('/api/status')).processes.some(({ shadowRestarts }) => shadowRestarts === 1))
    const before = await compared(banyan)
    await until(async () => (await compared(banyan)) > before)
    going = false
    await clients
    expect(failed).toBe(0)
    // Nothing that was sent is missing from the counts.
    await until(async () => Object.values(await outcomes(banyan)).reduce((sum, count) => sum + count, 0) === sent)
  })

  test('finishes what is under way on SIGTERM, keeps its counts, and exits 0', async () => {
    const waiting: (() => void)[] = []
    const legacy = await httpServer((request, response) => {
      const answer = (): void => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"slow":true}}')
      if (request.method === 'POST') waiting.push(answer)
      else answer()
    })
    const banyan = await tree(legacy, await backend({ slow: true }))
    const answer = ask(banyan, 'query Slow { slow }')
    await until(() => waiting.length === 1)
    banyan.signal('SIGTERM')
    await until(() =>
      fetch(banyan.url).then(
        () => false,
        () => true,
      ),
    )
    for (const release of waiting) release()
    expect(await answer).toMatchObject({ status: 200, text: '{"data":{"slow":true}}' })
    expect((await banyan.ended).code).toBe(0)
  })
})
