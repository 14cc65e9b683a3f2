import { setTimeout as pause } from 'node:timers/promises'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Comparison } from '../core/comparison/comparison.ts'
import { boundOf, outcomeOf, type Ending } from '../core/evidence/ending.ts'
import type { Failure, Observation } from '../core/exchange/exchange.ts'
import { isRest } from '../core/operation/operation.ts'
import { SPAN_ATTRIBUTES as A, SPANS } from './attributes.ts'
import { otlpTarget, resourceOf } from './resource.ts'
import { isTracing } from './trace-context.ts'
import type { TracedObservation, TraceRecord } from './trace-record.ts'
import { EXPORT_TIMEOUT_MS, WaitingSpans } from './waiting-spans.ts'

export interface Traces {
  readonly record: (record: TraceRecord) => void
  /** Spans that could not be delivered, or found no room to wait in, since the start. */
  readonly dropped: () => number
  /** Whether the spans of a further request would find no room. */
  readonly isFull: () => boolean
  /** Sends what waits, for a moment. Never rejects. */
  readonly close: () => Promise<void>
}

/** Bytes of spans that wait for the exporter: some thousands, four or so to a request. Further ones are dropped and counted. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024
/** Differences that get an event of their own; the span says how many there were. */
const MAX_EVENTS = 10

const OFF: Traces = { record: () => {}, dropped: () => 0, isFull: () => false, close: () => Promise.resolve() }

/**
 * Writes requests as traces, from plain data, when they are over. Off unless the standard variables name an endpoint.
 * @param flagProvider who keeps the flags, for `feature_flag.provider.name`
 */
export function createTraces(otel: Readonly<Record<string, string>>, flagProvider: 'banyan' | 'launchdarkly'): Traces {
  if (!isTracing(otel)) return OFF
  const ids = new GivenIds()
  const exporter = new OTLPTraceExporter({ ...otlpTarget(otel, 'traces'), timeoutMillis: EXPORT_TIMEOUT_MS })
  const waiting = new WaitingSpans(exporter, MAX_WAITING_BYTES)
  // The decision was made on the client's path: what comes here is wanted.
  const provider = new TracerProvider({
    resource: resourceOf(otel),
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [waiting],
  })
  const tracer = provider.getTracer('banyan')
  return {
    record: (record) => {
      if (waiting.isFull) waiting.drop(spansOf(record))
      else writeTrace(tracer, ids, record, flagProvider)
    },
    dropped: () => waiting.dropped,
    isFull: () => waiting.isFull,
    // What a receiver does not take at the end either was counted.
    close: () => Promise.race([provider.shutdown().catch(() => {}), pause(EXPORT_TIMEOUT_MS, undefined, { ref: false })]),
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

/** How many spans a request becomes. */
function spansOf({ observations, comparison }: TraceRecord): number {
  return 1 + observations.length + (comparison === undefined ? 0 : 1)
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
  const failure = primary === undefined ? undefined : failureOf(primary)
  if (failure !== undefined) server.setStatus({ code: SpanStatusCode.ERROR, message: failure })
  server.end(primary === undefined ? record.startedAt : primary.startedAt + primary.duration * 1_000)
}

/** Not the origin's, and no client's: an answer came, and was not kept to be compared. */
const UNKEPT: ReadonlySet<Failure> = new Set(['over-cap', 'no-room'])

function failureOf(observation: Observation): Failure | undefined {
  return observation.outcome === 'failed' && !UNKEPT.has(observation.failure) ? observation.failure : undefined
}

function statusOf(observation: Observation | undefined): Attributes {
  const status = observation?.outcome === 'answered' ? observation.answer.status : observation?.status
  return status === undefined ? {} : { [A.httpStatus]: status }
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
    ...statusOf(primary),
  }
}

function writeObservation(tracer: Tracer, ids: GivenIds, { spanId, observation, address }: TracedObservation, parent: Context): void {
  ids.spanId = spanId
  const failure = failureOf(observation)
  const attributes = {
    [A.origin]: observation.origin,
    [A.role]: observation.role,
    [A.serverAddress]: address,
    ...statusOf(observation),
    ...(failure === undefined ? {} : { [A.errorType]: failure }),
  }
  const span = tracer.startSpan(observation.origin, { kind: SpanKind.CLIENT, startTime: observation.startedAt, attributes }, parent)
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
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
