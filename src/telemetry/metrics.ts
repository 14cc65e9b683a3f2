import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type CollectionResult,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { EvidenceBatch } from '../core/evidence/batch.ts'
import { withoutCounts } from '../core/evidence/counts.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import type { Histogram } from '../core/evidence/histogram.ts'
import { ORIGINS, type Origin } from '../core/routing/stage.ts'
import { REHEARSALS } from '../core/routing/writes.ts'
import type { MetricName } from './attributes.ts'
import type { EdgeGauges } from './gauges.ts'
import { Registry } from './registry.ts'
import { otlpTarget, resourceOf } from './resource.ts'

/** What the control process knows besides. */
export interface ControlFacts {
  readonly restarts: readonly { readonly name: string; readonly restarts: number }[]
  readonly storeUp: boolean
  /** Rules whose last day is over, and what is wrong with files of rules while the old ones hold on. */
  readonly rules: { readonly expired: readonly string[]; readonly stale?: { readonly problems: readonly string[] } }
  /** Certificates of ours, and the seconds that they still hold. */
  readonly certificates: readonly { readonly use: string; readonly seconds: number }[]
  /** Reveals under which values are kept now. */
  readonly reveals: number
  /** What this replica moved, since its start. */
  readonly transitions: readonly { readonly plan: string; readonly kind: string; readonly count: number }[]
  readonly verdicts: readonly { readonly operation: string; readonly region: string; readonly verdict: 'pass' | 'fail' | 'inconclusive' }[]
}

export interface Metrics {
  readonly observe: (batch: EvidenceBatch) => void
  readonly gauges: (edge: string, gauges: EdgeGauges) => void
  /** Prometheus text format 0.0.4. `facts` are asked at each reading. */
  readonly render: () => Promise<string>
  readonly close: () => Promise<void>
}

const VERDICT = { pass: 1, inconclusive: 0, fail: -1 }
const EXPORT_TIMEOUT_MS = 5_000
/** Where nothing else is said, or nothing that is a time. */
const EXPORT_INTERVAL_MS = 60_000

/** Metrics of the whole tree, for Prometheus always and by OTLP where the standard variables name an endpoint. */
export function createMetrics(otel: Readonly<Record<string, string>>, facts: () => Promise<ControlFacts>, now: () => number): Metrics {
  const registry = new Registry(now())
  const resource = resourceOf(otel)
  const collect = async (): Promise<CollectionResult> => {
    recordFacts(registry, await facts())
    return { resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'banyan' }, metrics: registry.collect(now()) }] }, errors: [] }
  }
  const push = startPush(otel, { collect })
  return {
    observe: (batch) => batch.cells.forEach((cell) => recordCell(registry, cell)),
    gauges: (edge, gauges) => recordGauges(registry, edge, gauges),
    render: async () => {
      const { resourceMetrics } = await collect()
      const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(withUnit) }))
      return new PrometheusSerializer('', false, undefined, false, true).serialize({ ...resourceMetrics, scopeMetrics })
    },
    close: async () => {
      await Promise.race([push?.shutdown(), new Promise<void>((resolve) => setTimeout(resolve, EXPORT_TIMEOUT_MS).unref())])
    },
  }
}

function startPush(otel: Readonly<Record<string, string>>, producer: MetricProducer): MeterProvider | undefined {
  const target = otlpTarget(otel, 'metrics')
  if (target.url === undefined || otel['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || otel['OTEL_METRICS_EXPORTER'] === 'none')
    return undefined
  const exporter = new OTLPMetricExporter({ ...target, timeoutMillis: EXPORT_TIMEOUT_MS })
  const said = Number(otel['OTEL_METRIC_EXPORT_INTERVAL'])
  const exportIntervalMillis = said > 0 ? said : EXPORT_INTERVAL_MS
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, exportIntervalMillis),
    metricProducers: [producer],
  })
  return new MeterProvider({ resource: resourceOf(otel), readers: [reader] })
}

/** The serializer appends `_total` and no unit; Prometheus wants base units in the name. */
function withUnit(metric: MetricData): MetricData {
  const suffix = { s: '_seconds', By: '_bytes', 1: '_ratio' }[metric.descriptor.unit]
  // Yes and no are no ratio.
  const plain = /\.(up|verdict|emergency|halted|strained)$/.test(metric.descriptor.name)
  return suffix === undefined || plain
    ? metric
    : { ...metric, descriptor: { ...metric.descriptor, name: `${metric.descriptor.name}${suffix}` } }
}

function recordCell(registry: Registry, { operation, region, stage, evidence }: CellEvidence): void {
  const labels = { operation, region, stage }
  if (evidence.requests > 0) registry.add('banyan.requests', labels, evidence.requests)
  if (evidence.fallbacks > 0) registry.add('banyan.fallbacks', labels, evidence.fallbacks)
  for (const [outcome, count] of Object.entries(evidence.outcomes)) {
    registry.add('banyan.outcomes', { ...labels, outcome }, count)
    if (outcome !== 'compared' && outcome !== 'shed') registry.add('banyan.mirror.skipped', { reason: outcome }, count)
  }
  for (const [bound, count] of Object.entries(evidence.shed ?? {})) registry.add('banyan.mirror.skipped', { reason: 'shed', bound }, count)
  for (const [name, count] of Object.entries(evidence.classes)) registry.add('banyan.comparisons', { ...labels, class: name }, count)
  for (const [failure, count] of Object.entries(evidence.failures)) {
    const [origin = '', reason = ''] = failure.split(':')
    registry.add('banyan.primary.failures', { ...labels, 'banyan.origin': origin, 'error.type': reason }, count)
  }
  for (const origin of ORIGINS) {
    const { primary, shadow } = latencyOf(evidence, stage, origin)
    for (const [role, histogram] of Object.entries({ primary, shadow }))
      if (Object.keys(histogram).length > 0)
        registry.merge('http.client.request.duration', { 'banyan.origin': origin, 'banyan.role': role }, histogram)
    if (Object.keys(primary).length > 0) registry.merge('http.server.request.duration', {}, primary)
  }
}

/** By the role that the origin had. Legacy has both at `live`: it is compared, and answers where the candidate fails. */
function latencyOf(
  { latency, fallbackLatency = {} }: CellEvidence['evidence'],
  stage: CellEvidence['stage'],
  origin: Origin,
): Readonly<Record<'primary' | 'shadow', Histogram>> {
  if (isPrimaryOrigin(stage, origin)) return { primary: latency[origin], shadow: {} }
  if (origin === 'candidate') return { primary: {}, shadow: latency.candidate }
  return { primary: fallbackLatency, shadow: withoutCounts(latency.legacy, fallbackLatency) as Histogram } // every bucket in it has a count
}

function isPrimaryOrigin(stage: CellEvidence['stage'], origin: string): boolean {
  const candidateServes = stage === 'live' || stage === 'rampdown' || stage === 'complete'
  return (origin === 'candidate') === candidateServes
}

function recordGauges(registry: Registry, edge: string, gauges: EdgeGauges): void {
  const labels = { edge }
  const values: readonly (readonly [MetricName, number])[] = [
    ['banyan.connections', gauges.connections],
    ['banyan.mirror.in_flight', gauges.inFlight],
    ['banyan.sandbox.waiting', gauges.writesWaiting],
    ['banyan.sandbox.stopped', gauges.lanesStopped],
    ['banyan.handover.used', gauges.ringBytes],
    ['banyan.shadow.restarts', gauges.shadowRestarts],
    ['banyan.shadow.held', gauges.shadowHeld],
    ['banyan.shadow.backlog', gauges.backlog],
    ['banyan.flags.staleness', gauges.flagsStaleness],
    ['banyan.edge.strained', gauges.strained ? 1 : 0],
    ['banyan.emergency', gauges.emergency ? 1 : 0],
    ['banyan.spans.dropped', gauges.spansDropped],
    ['banyan.evidence.lost', gauges.evidenceLost],
    ['banyan.breaker.open', gauges.breakersOpen],
    ['banyan.retries.refused', gauges.retriesRefused],
    ['nodejs.eventloop.delay.p50', gauges.eventLoopDelay.p50],
    ['nodejs.eventloop.delay.p99', gauges.eventLoopDelay.p99],
    ['nodejs.eventloop.delay.max', gauges.eventLoopDelay.max],
    ['nodejs.eventloop.utilization', gauges.eventLoopUtilization],
  ]
  for (const [name, value] of values) registry.set(name, labels, value)
  for (const [reason, count] of Object.entries(gauges.refused)) registry.set('banyan.refused', { ...labels, reason }, count)
  for (const [reason, count] of Object.entries(gauges.shadowShed)) registry.set('banyan.shadow.shed', { ...labels, reason }, count)
  for (const rehearsal of REHEARSALS)
    registry.set('banyan.writes.halted', { ...labels, 'banyan.writes': rehearsal }, gauges.halted.includes(rehearsal) ? 1 : 0)
  for (const origin of ORIGINS) {
    registry.set('banyan.mirror.limit', { ...labels, 'banyan.origin': origin }, gauges.mirrorLimits[origin])
    registry.set('banyan.mirror.connections', { ...labels, 'banyan.origin': origin }, gauges.mirrorSockets[origin])
  }
  for (const [reason, count] of Object.entries(gauges.unmirrored)) registry.add('banyan.requests.unmirrored', { reason }, count)
  registry.merge('banyan.edge.overhead', labels, gauges.overhead)
  recordPlaces(registry, labels, gauges.places)
}

function recordPlaces(registry: Registry, labels: { readonly edge: string }, places: EdgeGauges['places']): void {
  for (const origin of ORIGINS) {
    const of = places[origin]
    if (of === undefined) continue
    const named = { ...labels, 'banyan.origin': origin }
    registry.set('banyan.places.taken', named, of.taken)
    registry.set('banyan.queue.depth', named, of.waiting)
    registry.merge('banyan.queue.duration', named, of.waited)
  }
}

function recordFacts(registry: Registry, { certificates, restarts, storeUp, rules, reveals, transitions, verdicts }: ControlFacts): void {
  for (const { name, restarts: count } of restarts) registry.set('banyan.edge.restarts', { process: name }, count)
  for (const { use, seconds } of certificates) registry.set('banyan.certificate.expiry', { certificate: use }, seconds)
  registry.set('banyan.store.up', {}, storeUp ? 1 : 0)
  registry.set('banyan.rules.problems', {}, rules.stale?.problems.length ?? 0)
  registry.set('banyan.rules.expired', {}, rules.expired.length)
  registry.set('banyan.reveals.open', {}, reveals)
  for (const { plan, kind, count } of transitions) registry.set('banyan.rollout.transitions', { plan, kind }, count)
  for (const { operation, region, verdict } of verdicts) registry.set('banyan.gate.verdict', { operation, region }, VERDICT[verdict])
}
