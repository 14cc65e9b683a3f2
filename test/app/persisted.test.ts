import { hash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cli, startTree, writeConfig, type Tree } from '../support/banyan.ts'
import { graphqlBackend, type Backend, type Seen } from '../support/graphql-backend.ts'
import { startLoneEdge } from '../support/lone-edge.ts'
import { until } from '../support/sockets.ts'

const QUERY = 'query A { a }'
const HASH = hash('sha256', QUERY)
const BY_HASH = `{"operationName":"A","extensions":{"persistedQuery":{"version":1,"sha256Hash":"${HASH}"}}}`
const WITH_TEXT = `{"query":"${QUERY}",${BY_HASH.slice(1)}`

/** Answers like a server with automatic persisted queries that forgets nothing. */
function apqBackend(known: ReadonlySet<string> = new Set()): Promise<Backend> {
  const documents = new Set(known)
  return graphqlBackend(({ body }: Seen) => {
    const { query, extensions } = JSON.parse(body) as { query?: string; extensions: { persistedQuery: { sha256Hash: string } } }
    if (query !== undefined) documents.add(extensions.persistedQuery.sha256Hash)
    return documents.has(extensions.persistedQuery.sha256Hash)
      ? '{"data":{"a":1}}'
      : '{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}'
  })
}

const post = async (banyan: Tree, body: string): Promise<string> => {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  return (await fetch(banyan.url, { method: 'POST', headers, body })).text()
}
const outcome = async (banyan: Tree, name: 'compared' | 'unclassified'): Promise<number> => {
  const { rows, unclassified } = await banyan.overview()
  return name === 'unclassified'
    ? unclassified.reduce((sum, { requests }) => sum + requests, 0)
    : rows.reduce((sum, { summary }) => sum + summary.compared, 0)
}

const requests = async (banyan: Tree): Promise<number> => {
  const { rows, unclassified } = await banyan.overview()
  return [...rows.map(({ summary }) => summary), ...unclassified].reduce((sum, one) => sum + one.requests, 0)
}

async function tree(legacy: Backend, candidate: Backend, extra: object = {}): Promise<Tree> {
  return startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    ...extra,
  })
}

describe('automatic persisted queries', () => {
  test('pass untouched; the shadow gets the text that somebody sent with its hash, and no miss is a difference', async () => {
    const [legacy, candidate] = [await apqBackend(), await apqBackend()]
    const banyan = await tree(legacy, candidate)
    // The client's dance: a miss, the text with its hash, and from then on the hash.
    expect(await post(banyan, BY_HASH)).toContain('PersistedQueryNotFound')
    await until(async () => (await outcome(banyan, 'unclassified')) === 1)
    expect(candidate.seen).toEqual([])
    expect(await post(banyan, WITH_TEXT)).toBe('{"data":{"a":1}}')
    await until(async () => (await outcome(banyan, 'compared')) === 1)
    expect(await post(banyan, BY_HASH)).toBe('{"data":{"a":1}}')
    await until(async () => (await outcome(banyan, 'compared')) === 2)

    expect(legacy.seen.map(({ body }) => body)).toEqual([BY_HASH, WITH_TEXT, BY_HASH])
    expect(candidate.seen.map(({ body }) => body)).toEqual([WITH_TEXT, WITH_TEXT])
    const { rows } = await banyan.overview()
    expect(rows.find(({ operation }) => operation.startsWith('query:A#'))).toMatchObject({ summary: { compared: 2, parity: 1 } })
  })

  test('that moved to the candidate come with their text, so that no client sees a burst of misses', async () => {
    const [legacy, candidate] = [await apqBackend(), await apqBackend()]
    const banyan = await tree(legacy, candidate)
    await post(banyan, WITH_TEXT)
    await until(async () => (await outcome(banyan, 'compared')) === 1)
    expect(await cli(['flags', 'set', 'A', '--why', 'a test', '--stage', 'complete', '--admin', banyan.admin])).toMatchObject({ code: 0 })
    await until(async () => {
      expect(await post(banyan, BY_HASH)).toBe('{"data":{"a":1}}')
      return candidate.seen.length > 1
    })
    expect(candidate.seen.at(-1)?.body).toBe(WITH_TEXT)
  })

  test('that one edge learnt are known to all', async () => {
    const [legacy, candidate] = [await apqBackend(), await apqBackend()]
    const banyan = await tree(legacy, candidate, { workers: 2 })
    await post(banyan, WITH_TEXT)
    let unknown = -1
    await until(async () => {
      const before = unknown
      // Each on a connection of its own: they go to both edges.
      for (let i = 0; i < 4; i += 1) await post(banyan, BY_HASH)
      await until(async () => (await requests(banyan)) === legacy.seen.length)
      unknown = await outcome(banyan, 'unclassified')
      return unknown === before
    })
    expect(new Set(candidate.seen.map(({ body }) => body))).toEqual(new Set([WITH_TEXT]))
  })
})

describe('a manifest', () => {
  const written = (name: string, content: object): string => {
    const file = join(tmpdir(), `banyan-${process.pid}-${name}.json`)
    writeFileSync(file, JSON.stringify(content))
    onTestFinished(() => rmSync(file, { force: true }))
    return file
  }

  test('makes requests by id known from the first, and they pass to both as they are', async () => {
    const backends = [await graphqlBackend(() => '{"data":{"a":1}}'), await graphqlBackend(() => '{"data":{"a":2}}')] as const
    const banyan = await tree(...backends, { persisted: { manifests: [written('plain', { 'client~1~a': QUERY })] } })
    const body = '{"documentId":"client~1~a"}'
    await post(banyan, body)
    await until(async () => (await outcome(banyan, 'compared')) === 1)
    for (const { seen } of backends) expect(seen.map((one) => one.body)).toEqual([body])
    expect(await banyan.get('/api/groups')).toMatchObject([{ coordinate: 'query.a' }])
  })

  test('makes requests by an id in their path known too, and each backend gets it behind its own path', async () => {
    const backends = [await graphqlBackend(() => '{"data":{"a":1}}'), await graphqlBackend(() => '{"data":{"a":2}}')] as const
    const edge = await startLoneEdge({
      backends: { legacy: { url: `${backends[0].url}/graphql` }, candidate: { url: `${backends[1].url}/v2/graphql` } },
      operations: [{ match: 'query:*', stage: 'shadow' }],
      persisted: { manifests: [written('path', { [HASH]: QUERY })] },
    })
    await (await fetch(`${edge.url}/graphql/sha256:${HASH}?variables=%7B%7D`)).text()
    await until(() => edge.outcomes('query:A')['compared'] === 1)
    await (await fetch(`${edge.url}/graphql/sha256:${'0'.repeat(64)}`)).text()
    await until(() => edge.outcomes('~unclassified')['unclassified'] === 1)
    expect(backends[0].seen.map(({ url }) => url)).toEqual([
      `/graphql/sha256:${HASH}?variables=%7B%7D`,
      `/graphql/sha256:${'0'.repeat(64)}`,
    ])
    expect(backends[1].seen.map(({ url }) => url)).toEqual([`/v2/graphql/sha256:${HASH}?variables=%7B%7D`])
  })

  test.each<[string, object, string]>([
    ['whose hash is of another text', { [HASH]: 'query B { b }' }, `\`${HASH}\` is not the sha256 of its document`],
    ['that is none', [QUERY], 'is no manifest of stored documents'],
    [
      "of Apollo's with a wrong hash",
      { format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: HASH, name: 'A', type: 'query', body: '{ b }' }] },
      `\`${HASH}\` is not the sha256 of its document`,
    ],
  ])('%s is a problem that check finds', async (name, content, message) => {
    const { file } = await writeConfig({
      backends: { legacy: { url: 'http://127.0.0.1:1' }, candidate: { url: 'http://127.0.0.1:2' } },
      persisted: { manifests: [written(name.replaceAll(/\W/g, ''), content)] },
    })
    const checked = await cli(['check', file])
    expect(checked.code).toBe(2)
    expect(checked.stdout + checked.stderr).toContain(message)
  })
})
