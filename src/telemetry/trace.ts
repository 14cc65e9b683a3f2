import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace'
import type { Comparison } from '../core/comparison/comparison.ts'
import { boundOf, outcomeOf, type Ending } from '../core/evidence/ending.ts'
import { isRest } from '../core/operation/operation.ts'
import { SPAN_ATTRIBUTES as A, SPANS } from './attributes.ts'
import { otlpTarget, resourceOf } from './resource.ts'
import { isTracing } from './trace-context.ts'
import type { TracedObservation, TraceRecord } from './trace-record.ts'

export interface Traces {
  readonly record: (record: TraceRecord) => void
  /** Spans that could not be delivered, since the start. */
  readonly dropped: () => number
  readonly close: () => Promise<void>
}

/** Spans that wait for the exporter; past it they are dropped and counted. */
const MAX_QUEUE = 8_192
const EXPORT_TIMEOUT_MS = 5_000
/** Differences that get an event of their own; the span says how many there were. */
const MAX_EVENTS = 10

const OFF: Traces = { record: () => {}, dropped: () => 0, close: () => Promise.resolve() }

/**
 * Writes requests as traces, from plain data, when they are over. Off unless the standard variables name an endpoint.
 * @param flagProvider who keeps the flags, for `feature_flag.provider.name`
 */
export function createTraces(otel: Readonly<Record<string, string>>, flagProvider: 'banyan' | 'launchdarkly'): Traces {
  if (!isTracing(otel)) return OFF
  const ids = new GivenIds()
  const exporter = new CountingExporter(new OTLPTraceExporter({ ...otlpTarget(otel, 'traces'), timeoutMillis: EXPORT_TIMEOUT_MS }))
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: MAX_QUEUE,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
    scheduledDelayMillis: 1_000,
  })
  // The decision was made on the client's path: what comes here is wanted.
  const provider = new TracerProvider({
    resource: resourceOf(otel),
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [processor],
  })
  const tracer = provider.getTracer('banyan')
  return {
    record: (record) => writeTrace(tracer, ids, record, flagProvider),
    dropped: () => exporter.dropped,
    close: () => Promise.race([provider.shutdown(), new Promise<void>((resolve) => setTimeout(resolve, EXPORT_TIMEOUT_MS).unref())]),
  }
}

/** Gives the ids out that the client's path already told to the backends. */
class GivenIds {
  traceId = ''
  spanId: string | undefined
  readonly generateTraceId = (): string => this.traceId
  readonly generateSpanId = (): string => {
    const given = this.spanId ?? crypto.randomUUID().replaceAll('-', '').slice(0, 16)
    this.spanId = undefined
    return given
  }
}

/** Counts what the exporter gave up on. */
class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  dropped = 0

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#exporter.export(spans, (result) => {
      if (result.error !== undefined) this.dropped += spans.length
      done(result)
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}

function writeTrace(tracer: Tracer, ids: GivenIds, record: TraceRecord, flagProvider: string): void {
  ids.traceId = record.traceId
  const remote = { traceId: record.traceId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
  const parent =
    record.parentSpanId === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...remote, spanId: record.parentSpanId })
  ids.spanId = record.serverSpanId
  const server = tracer.startSpan(
    nameOf(record),
    { kind: SpanKind.SERVER, startTime: record.startedAt, attributes: serverAttributes(record, flagProvider) },
    parent,
  )
  const within = trace.setSpanContext(ROOT_CONTEXT, { ...remote, spanId: record.serverSpanId, isRemote: false })
  for (const observed of record.observations) writeObservation(tracer, ids, observed, within)
  if (record.comparison !== undefined) writeComparison(tracer, record.comparison, record, within)
  const primary = record.observations.find(({ observation: { role } }) => role === 'primary')?.observation
  if (primary?.outcome === 'failed') server.setStatus({ code: SpanStatusCode.ERROR, message: primary.failure })
  server.end(primary === undefined ? record.startedAt : primary.startedAt + primary.duration * 1_000)
}

type TracedOperation = NonNullable<TraceRecord['operation']>

/** GraphQL's type; of a REST operation the method and route, or what it is called. Names of GraphQL are the client's, and too many for spans. */
function nameOf({ operation, method }: TraceRecord): string {
  if (operation === undefined) return method
  return isRest(operation.type) ? (operation.name ?? method) : operation.type
}

function operationAttributes({ key, type, name }: TracedOperation): Attributes {
  if (isRest(type)) return { [A.operation]: key, ...(name?.includes(' /') === true ? { [A.route]: name.slice(name.indexOf('/')) } : {}) }
  return { [A.operation]: key, [A.operationType]: type, ...(name === undefined ? {} : { [A.operationName]: name }) }
}

function endingAttributes(ending: Ending): Attributes {
  const bound = boundOf(ending)
  return { [A.outcome]: outcomeOf(ending), ...(bound === undefined ? {} : { [A.bound]: bound }) }
}

function serverAttributes(
  { method, operation, region, stage, client, flag, outcome, writes, observations }: TraceRecord,
  flagProvider: string,
): Attributes {
  const primary = observations.find(({ observation: { role } }) => role === 'primary')?.observation
  return {
    [A.httpMethod]: method,
    [A.region]: region,
    [A.stage]: stage,
    ...(operation === undefined ? {} : operationAttributes(operation)),
    ...(client === undefined ? {} : { [A.client]: client }),
    ...(outcome === undefined ? {} : endingAttributes(outcome)),
    ...(writes === undefined ? {} : { [A.writes]: writes }),
    ...(flag === undefined
      ? {}
      : { [A.flagKey]: flag.key, [A.flagProvider]: flagProvider, [A.flagValue]: stage, [A.flagReason]: flag.reason }),
    ...(flag?.version === undefined ? {} : { [A.flagVersion]: String(flag.version) }),
    ...(primary?.outcome === 'answered' ? { [A.httpStatus]: primary.answer.status } : {}),
  }
}

function writeObservation(tracer: Tracer, ids: GivenIds, { spanId, observation, address }: TracedObservation, parent: Context): void {
  ids.spanId = spanId
  const answered = observation.outcome === 'answered'
  const attributes = {
    [A.origin]: observation.origin,
    [A.role]: observation.role,
    [A.serverAddress]: address,
    ...(answered ? { [A.httpStatus]: observation.answer.status } : { [A.errorType]: observation.failure }),
  }
  const span = tracer.startSpan(observation.origin, { kind: SpanKind.CLIENT, startTime: observation.startedAt, attributes }, parent)
  if (!answered) span.setStatus({ code: SpanStatusCode.ERROR, message: observation.failure })
  span.end(observation.startedAt + observation.duration * 1_000)
}

function writeComparison(
  tracer: Tracer,
  comparison: Comparison,
  { observations, confirmed, isNearWrite, ruleVersion }: TraceRecord,
  parent: Context,
): void {
  const find = (role: string) => observations.find(({ observation }) => observation.role === role)?.observation
  const [primary, shadow] = [find('primary'), find('shadow')]
  const at = Math.max(...[primary, shadow].map((seen) => (seen === undefined ? 0 : seen.startedAt + seen.duration * 1_000)))
  const attributes = {
    [A.class]: comparison.class,
    [A.verdict]: comparison.verdict,
    [A.differences]: comparison.total,
    ...(ruleVersion === undefined ? {} : { [A.ruleVersion]: ruleVersion }),
    ...(confirmed === undefined ? {} : { [A.confirmed]: confirmed }),
    ...(isNearWrite === undefined ? {} : { [A.nearWrite]: isNearWrite }),
    [A.coordinates]: [...new Set(comparison.differences.map(({ coordinate }) => coordinate))].slice(0, MAX_EVENTS),
    ...(primary === undefined ? {} : { [A.latencyPrimary]: primary.duration }),
    ...(shadow === undefined ? {} : { [A.latencyShadow]: shadow.duration }),
    ...(primary === undefined || shadow === undefined ? {} : { [A.latencyRatio]: shadow.duration / primary.duration }),
  }
  const span = tracer.startSpan(SPANS.compare, { startTime: at, attributes }, parent)
  for (const { class: name, path, safePath = path, coordinate } of comparison.differences.slice(0, MAX_EVENTS)) {
    span.addEvent(SPANS.difference, { [A.differenceClass]: name, [A.differencePath]: safePath, [A.differenceCoordinate]: coordinate }, at)
  }
  span.end(at)
}
