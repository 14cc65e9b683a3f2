import { expect, onTestFinished, test, vi } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { resourceOf } from '../../src/telemetry/resource.ts'
import { createTracing } from '../../src/telemetry/trace-context.ts'
import { NO_FACTS } from '../support/control-facts.ts'
import { otlpReceiver } from '../support/otlp.ts'

test.each(['1.5', '-1', 'most'])('a share to sample that is none (%s) samples everything', (share) => {
  const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: share }
  expect(createTracing(otel).begin(undefined)?.sampled).toBe(true)
})

test('what is empty, or cannot be decoded, says nothing', () => {
  const env = { OTEL_SERVICE_NAME: '', OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=a%20b', OTEL_EXPORTER_OTLP_ENDPOINT: '' }
  const given = { legacy: 'http://127.0.0.1:1/graphql', candidate: 'http://127.0.0.1:2/graphql', env, cwd: '/', now: 0, cores: 1 }
  const result = loadConfig(given)
  if ('problems' in result) throw new Error('the config is fine')
  const { otel } = result.loaded
  expect(createTracing(otel).begin(undefined)).toBeUndefined()
  expect(resourceOf(otel).attributes).toEqual({ 'service.name': 'banyan', 'k8s.pod.name': 'a b' })
  const broken = { OTEL_RESOURCE_ATTRIBUTES: 'a=b,load=50%', OTEL_SERVICE_NAME: 'eu' }
  expect(resourceOf(broken).attributes).toEqual({ 'service.name': 'eu' })
})

test('an interval that is none is a minute', async () => {
  const received = await otlpReceiver()
  const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: received.url, OTEL_METRIC_EXPORT_INTERVAL: 'often' }
  let asked = 0
  vi.useFakeTimers({ toFake: ['setInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const metrics = createMetrics(otel, () => Promise.resolve(((asked += 1), NO_FACTS)), Date.now)
  vi.advanceTimersByTime(59_000)
  expect(asked).toBe(0)
  vi.useRealTimers()
  await metrics.close()
  expect(asked).toBe(1)
})
