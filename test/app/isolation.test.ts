import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Edge } from '../../src/app/edge.ts'
import type { EdgeNews } from '../../src/app/messages.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import type { EdgeGauges } from '../../src/telemetry/gauges.ts'
import { authority } from '../support/certificates.ts'
import { FAULTS, startFault, startSecureFault } from '../support/faults.ts'
import { rawClient, rawOrigin } from '../support/raw-http.ts'
import { listening, until } from '../support/sockets.ts'

const REQUESTS = 12
const MIRROR = { maxInFlight: 4, maxBodyBytes: 65_536 }
/** Soon enough for a test of a shadow that never answers; one that does gets all the time that a busy machine may take. */
const [SOON_MS, LATE_MS] = [400, 60_000]
const BODY = '{"query":"query Q { name }"}'
const ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-From: legacy\r\nSet-Cookie: a=1\r\nContent-Length: 21\r\n\r\n{"data":{"name":"x"}}'

/** A whole edge, with its shadow thread, in this process; and what it reported. */
async function startEdge(legacy: string, candidate: string, mirror: Partial<Config['mirror']>, ca?: string) {
  const result = loadConfig({ legacy, candidate, env: {}, cwd: '/', now: 0, cores: 1 })
  if ('problems' in result) throw new Error('the config is fine')
  const { config } = result.loaded
  const outcomes: Record<string, number> = {}
  const bounds: Record<string, number> = {}
  const gauges: EdgeGauges[] = []
  const take = (report: EdgeNews): void => {
    if (report.kind === 'gauges') gauges.push(report.gauges)
    if (report.kind !== 'evidence') return
    edge.stored(report.batch)
    for (const { evidence } of report.batch.cells) {
      for (const [outcome, count] of Object.entries(evidence.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
      for (const [bound, count] of Object.entries(evidence.shed ?? {})) bounds[bound] = (bounds[bound] ?? 0) + count
    }
  }
  const certificates = ca === undefined ? result.loaded.certificates : { ...result.loaded.certificates, candidate: { ca } }
  const edge = new Edge(
    { ...result.loaded, certificates, config: { ...config, mirror: { ...config.mirror, ...mirror } } },
    'edge-test',
    take,
  )
  const acceptor = await listening(createServer({ noDelay: true }, (socket) => edge.connection(socket)))
  onTestFinished(() => edge.drain(0))
  return { port: acceptor.port, outcomes, bounds, gauges }
}

async function ask(port: number): Promise<string> {
  const client = await rawClient(port)
  client.send(
    `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
  )
  await until(() => client.closed() !== undefined)
  return client.received()
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

describe('a candidate that is', () => {
  test.each(Object.entries(FAULTS))('%s changes no byte for the client, is counted, and stays within its bounds', async (_name, fault) => {
    const legacy = await rawOrigin(() => (socket) => void socket.write(ANSWER))
    const candidate = await startFault(fault)
    const timeoutMs = fault.outcome === 'shadow-timeout' ? SOON_MS : LATE_MS
    const { port, outcomes, bounds, gauges } = await startEdge(`${legacy.url}/graphql`, candidate.url, { ...MIRROR, timeoutMs })
    const plain = await startEdge(`${legacy.url}/graphql`, candidate.url, { sample: 0 })
    const unmirrored = await ask(plain.port)
    expect(unmirrored).toContain(ANSWER.split('\r\n\r\n')[1])

    let sockets = 0
    const watch = setInterval(() => (sockets = Math.max(sockets, candidate.sockets.size)), 1)
    onTestFinished(() => clearInterval(watch))
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask(port)))
    expect(new Set(answers)).toEqual(new Set([unmirrored]))

    await until(() => total(outcomes) === REQUESTS)
    expect(Object.keys(outcomes).filter((outcome) => outcome !== 'shed')).toEqual([fault.outcome])
    expect(total(bounds)).toBe(outcomes['shed'] ?? 0)
    await until(() => gauges.at(-1)?.inFlight === 0)
    expect(sockets).toBeLessThanOrEqual(MIRROR.maxInFlight)
    for (const { inFlight, mirrorLimits, mirrorSockets } of gauges)
      expect(Math.max(inFlight, mirrorLimits.candidate, mirrorSockets.candidate)).toBeLessThanOrEqual(MIRROR.maxInFlight)
  })

  /** One of each kind: below TLS the path is the same. */
  const SAID = new Set([
    'hung in the body',
    'trickling a byte at a time',
    'answering garbage',
    'endless in its body',
    'a compressed bomb',
    'fast but wrong',
  ])
  test.each(Object.entries(FAULTS).filter(([name]) => SAID.has(name)))(
    '%s behind TLS changes no byte for the client either, and is counted as the same',
    async (_name, fault) => {
      const ca = authority()
      const legacy = await rawOrigin(() => (socket) => void socket.write(ANSWER))
      const candidate = await startSecureFault(fault, ca.issue('127.0.0.1'))
      const timeoutMs = fault.outcome === 'shadow-timeout' ? SOON_MS : LATE_MS
      const { port, outcomes } = await startEdge(`${legacy.url}/graphql`, candidate.url, { ...MIRROR, timeoutMs }, ca.ca)
      const plain = await startEdge(`${legacy.url}/graphql`, candidate.url, { sample: 0 }, ca.ca)
      const unmirrored = await ask(plain.port)
      const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask(port)))
      expect(new Set(answers)).toEqual(new Set([unmirrored]))
      await until(() => total(outcomes) === REQUESTS)
      expect(Object.keys(outcomes).filter((outcome) => outcome !== 'shed')).toEqual([fault.outcome])
    },
  )

  test('hung is left alone: nothing is copied for it while it is full, and it gets fewer requests after', async () => {
    const legacy = await rawOrigin(() => (socket) => void socket.write(ANSWER))
    const candidate = await rawOrigin(() => () => {})
    const { port, outcomes, bounds, gauges } = await startEdge(`${legacy.url}/graphql`, `${candidate.url}/graphql`, {
      ...MIRROR,
      timeoutMs: SOON_MS,
    })
    let asked = 0
    await until(async () => {
      await ask(port)
      asked += 1
      return gauges.some(({ mirrorLimits }) => mirrorLimits.candidate === 0)
    })
    await until(() => total(outcomes) === asked)
    expect(outcomes).toMatchObject({ 'shadow-timeout': expect.any(Number), shed: expect.any(Number) })
    expect(outcomes['shadow-timeout']).toBeLessThan(10)
    expect(bounds['in-flight']).toBeGreaterThan(0)
    expect(total(bounds)).toBe(outcomes['shed'])
  })
})
