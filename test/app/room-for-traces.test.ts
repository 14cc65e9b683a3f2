import type { ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import type { ShadowReport } from '../../src/app/shadow-messages.ts'
import { ShadowHost } from '../../src/app/shadow-host.ts'
import { loadConfig } from '../../src/config/load.ts'
import { encodeBegin, encodeEnd } from '../../src/handover/wire.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { MAX_WAITING_BYTES } from '../../src/telemetry/trace.ts'
import { httpServer, until } from '../support/sockets.ts'

/** More than find room, at two spans each. */
const REQUESTS = MAX_WAITING_BYTES / 1_024

test("the client's path hears that no spans find room while a receiver hangs, and that they do when it takes them", async () => {
  const held: ServerResponse[] = []
  let isHung = true
  const receiver = await httpServer((request, response) => {
    request.resume()
    if (isHung) held.push(response)
    else response.end()
  })
  const result = loadConfig({
    legacy: 'http://127.0.0.1:1/graphql',
    candidate: 'http://127.0.0.1:2/graphql',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    cwd: '/',
    now: 0,
    cores: 1,
  })
  if ('problems' in result) throw new Error('the config is fine')
  const reports: ShadowReport[] = []
  const events = { onReport: (report: ShadowReport) => void reports.push(report), onLost: () => {}, onWrites: () => {} }
  const host = new ShadowHost(result.loaded, 'edge-test', createLog('test'), events)
  onTestFinished(() => host.close())

  expect(host.takesTraces).toBe(true)
  for (let id = 1; id <= REQUESTS; id += 1) {
    await until(() => host.write(begun(id)))
    await until(() => host.write(ended(id)))
  }
  await until(() => !host.takesTraces)
  isHung = false
  for (const response of held) response.end()
  await until(() => host.takesTraces)
  await until(() => reports.some(({ spansDropped }) => spansDropped > 0))
})

function begun(id: number) {
  return encodeBegin({
    id,
    startedAt: 0,
    unfollowed: 'stage',
    control: false,
    method: 'POST',
    target: '/graphql',
    headers: [],
    region: 'eu',
    stage: 'off',
    primary: 'legacy',
    mark: 0,
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      sampled: true,
      serverSpanId: 'b7ad6b7169203331',
      primarySpanId: 'b7ad6b7169203332',
    },
  })
}

function ended(id: number) {
  const answer = { status: 200, headers: [], body: Buffer.alloc(0) }
  return encodeEnd({ id, primary: { origin: 'legacy', role: 'primary', startedAt: 0, duration: 0.01, outcome: 'answered', answer } })
}
