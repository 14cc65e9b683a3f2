import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Lost } from '../../src/app/owed.ts'
import type { ShadowReport } from '../../src/app/shadow-messages.ts'
import { ShadowHost, type ShadowHostEvents } from '../../src/app/shadow-host.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { LoadedConfig } from '../../src/config/loaded.ts'
import { addCounts } from '../../src/core/evidence/counts.ts'
import type { Evidence } from '../../src/core/evidence/evidence.ts'
import { encodeBegin, encodeEnd, type Encoded } from '../../src/handover/wire.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { httpServer, until } from '../support/sockets.ts'

function load(candidate = 'http://127.0.0.1:2/graphql', legacy = 'http://127.0.0.1:1/graphql') {
  const result = loadConfig({
    legacy,
    candidate,
    env: {},
    cwd: '/',
    now: 0,
    cores: 1,
  })
  if ('problems' in result) throw new Error('the config is fine')
  return result.loaded
}

function start(loaded: LoadedConfig, events: Partial<ShadowHostEvents> = {}): ShadowHost {
  const host = new ShadowHost(loaded, 'edge-test', createLog('test'), {
    onReport: () => {},
    onLost: () => {},
    onWrites: () => {},
    ...events,
  })
  onTestFinished(() => host.close())
  return host
}

describe('the shadow thread', () => {
  test('is started again after a crash, and what it had is counted as lost', async () => {
    const lost: Lost[] = []
    // No check lets such an address through; here it makes the thread throw as soon as it starts.
    const loaded = structuredClone(load()) as { config: { backends: { legacy: { url: string } } } } & LoadedConfig
    loaded.config.backends.legacy.url = 'not an address'
    const host = start(loaded, { onLost: (all) => void lost.push(...all) })
    const cell = { operation: 'query:A#1', region: 'eu', stage: 'shadow', window: 0 } as const
    host.owe(cell)
    host.owe(cell)
    await until(() => host.obstacle('candidate') === 'thread')
    expect(host.refusal).toBe('thread')
    await until(() => host.restarts > 1)
    expect(lost).toEqual([{ cell, requests: 2 }])
  })

  /** A host, and what its thread reported in all. */
  function reporting(
    mirror: Partial<LoadedConfig['config']['mirror']> = {},
    candidate = 'http://127.0.0.1:2/graphql',
    legacy = 'http://127.0.0.1:1/graphql',
  ) {
    const loaded = load(candidate, legacy)
    const reports: ShadowReport[] = []
    const config = { ...loaded.config, mirror: { ...loaded.config.mirror, ...mirror } }
    const host = start({ ...loaded, config }, { onReport: (report) => void reports.push(report) })
    const sumOf = (counts: (evidence: Evidence) => Readonly<Record<string, number>> | undefined): Readonly<Record<string, number>> =>
      reports.flatMap(({ cells }) => cells).reduce((sum, { evidence }) => addCounts(sum, counts(evidence) ?? {}), {})
    /** As the client's path does, but for waiting until there is room. */
    const write = (record: Encoded): Promise<void> => until(() => host.write(record))
    return { host, reports, write, bounds: () => sumOf(({ shed }) => shed), outcomes: () => sumOf(({ outcomes }) => outcomes) }
  }

  const begin = (id: number, body = Buffer.from('{"query":"{ a }"}'), control = false): Encoded =>
    encodeBegin({
      id,
      startedAt: 0,
      control,
      method: 'POST',
      target: '/graphql',
      headers: ['content-type', 'application/json'],
      body,
      operation: { key: 'query:A#1', type: 'query' },
      region: 'eu',
      stage: 'shadow',
      primary: 'legacy',
      mark: 0,
    })
  const end = (id: number, headers: readonly string[] = [], body: Uint8Array = Buffer.from('{"data":{"a":1}}')): Encoded =>
    encodeEnd({
      id,
      primary: {
        origin: 'legacy',
        role: 'primary',
        startedAt: 0,
        duration: 0.01,
        outcome: 'answered',
        answer: { status: 200, headers: ['content-type', 'application/json', ...headers], body },
      },
    })

  test('follows so many requests that are not over, and lets the next one go', async () => {
    const candidate = await httpServer(() => {})
    const { host, write, bounds, outcomes } = reporting({ maxInFlight: 1, timeoutMs: 60_000 }, `${candidate.url}/graphql`)
    const requests = 4_097
    for (let id = 1; id <= requests; id += 1) if (!host.write(begin(id))) await write(begin(id))
    for (let id = 2; id <= requests; id += 1) if (!host.write(end(id))) await write(end(id))
    await until(() => outcomes()['shed'] === requests - 1)
    expect(bounds()).toEqual({ 'in-flight': requests - 2, requests: 1 })
  })

  test('counts a control that legacy may not be asked for now', async () => {
    const legacy = await httpServer(() => {})
    const { write, reports, outcomes } = reporting({ maxInFlight: 1, timeoutMs: 60_000 }, undefined, `${legacy.url}/graphql`)
    for (let id = 1; id <= 3; id += 1) await write(begin(id, undefined, true))
    // It is told in order: when the last one is counted, it is decided what becomes of the others' controls.
    await write(begin(4))
    await write(end(4))
    await until(() => Object.values(outcomes()).some((count) => count > 0))
    expect(reports.at(-1)?.shed).toEqual({ requests: 0, bytes: 0, backlog: 0, control: 2, confirm: 0 })
  })

  test('holds so many bytes, and lets what finds no room for more go', async () => {
    const candidate = await httpServer(() => {})
    const { write, reports, bounds, outcomes } = reporting({ timeoutMs: 60_000 }, `${candidate.url}/graphql`)
    // A megabyte each: 64 of them are all that there is.
    const body = Buffer.alloc(1_048_576)
    for (let id = 1; id <= 66; id += 1) await write(begin(id, body))
    await until(() => reports.at(-1)?.held === 64 * 1_048_576)
    for (let id = 65; id <= 66; id += 1) await write(end(id))
    await until(() => outcomes()['shed'] === 2)
    expect(bounds()).toEqual({ bytes: 2 })
    expect(reports.at(-1)?.shed).toEqual({ requests: 0, bytes: 2, backlog: 0, control: 0, confirm: 0 })
    for (const { held } of reports) expect(held).toBeLessThanOrEqual(64 * 1_048_576)
  })

  test('lets so many pairs wait to be compared, and further ones go', async () => {
    let answered = 0
    const candidate = await httpServer((request, response) => {
      request.resume()
      const answer = (): void => {
        answered += 1
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"data": {"a":1}}'))
      }
      // Long enough that nobody's haste is taken for a change of it.
      request.on('end', () => void setTimeout(answer, 20))
    })
    const { host, write, reports, bounds, outcomes } = reporting({}, `${candidate.url}/graphql`)
    // A few at a time, so that each is asked; their primaries answer all at once, and each pair takes the loop some turns to decode.
    const requests = 1_600
    for (let id = 1; id <= requests; id += 8) {
      for (let next = id; next < id + 8; next += 1) await write(begin(next))
      await until(() => answered === id + 7)
    }
    const body = gzipSync('{"data":{"a":1}}')
    for (let id = 1; id <= requests; id += 1) expect(host.write(end(id, ['content-encoding', 'gzip'], body))).toBe(true)
    await until(() => Object.values(outcomes()).reduce((sum, count) => sum + count, 0) === requests)
    const backlog = reports.at(-1)?.shed.backlog ?? 0
    expect(backlog).toBeGreaterThan(0)
    expect(bounds()).toEqual({ backlog })
    expect(outcomes()).toEqual({ compared: requests - backlog, shed: backlog })
    for (const report of reports) expect(report.backlog).toBeLessThanOrEqual(1_000)
  })

  test('is handed no further requests while half of its ring is full, but the ends of those that it has', () => {
    const host = start(load())
    // It reads nothing before this turn of the event loop is over.
    const record: Encoded = { size: 1_000_000, fill: (_, offset) => offset + 1_000_000 }
    while (host.obstacle('candidate') === undefined) expect(host.write(record)).toBe(true)
    expect(host.obstacle('candidate')).toBe('ring')
    expect(host.write(record)).toBe(true)
  })
})
