import { expect, test } from 'vitest'
import { countServed } from '../../src/core/evidence/count.ts'
import { recordLatency, Tally } from '../../src/core/evidence/tally.ts'
import type { Served } from '../../src/core/exchange/inbound.ts'
import type { Origin } from '../../src/core/routing/stage.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { NO_FACTS } from '../support/control-facts.ts'

const answer = { status: 200, headers: [], body: new Uint8Array() }
const by = (origin: Origin): Served['primary'] => ({
  origin,
  role: 'primary',
  startedAt: 0,
  duration: 0.02,
  outcome: 'answered',
  answer,
})

test("an answer of legacy in the candidate's place is one to a client, and one of legacy as the shadow is none", async () => {
  const tally = new Tally()
  const cell = tally.cell(undefined, 'eu', 'live', 0)
  countServed(cell, { primary: by('candidate'), kept: true }, undefined, false)
  recordLatency(cell, 'legacy', 0.03)
  recordLatency(cell, 'legacy', 0.02)
  countServed(cell, { primary: by('legacy'), fallbackFrom: 'timeout', kept: true }, undefined, false)
  countServed(cell, { primary: by('legacy'), kept: true }, 'breaker', false)
  const metrics = createMetrics({}, () => Promise.resolve(NO_FACTS), Date.now)
  metrics.observe({ source: 's', seq: 1, groups: [], ...tally.take() })
  const text = await metrics.render()
  const asked = (origin: Origin, role: string): string =>
    `http_client_request_duration_seconds_count{banyan_origin="${origin}",banyan_role="${role}"}`
  expect(text).toContain('http_server_request_duration_seconds_count 3')
  expect(text).toContain(`${asked('candidate', 'primary')} 1`)
  expect(text).toContain(`${asked('legacy', 'primary')} 2`)
  expect(text).toContain(`${asked('legacy', 'shadow')} 2`)
})
