import { setTimeout as pause } from 'node:timers/promises'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Comparison } from '../core/comparison/comparison.ts'
import { boundOf, outcomeOf, type Ending } from '../core/evidence/ending.ts'
import type { Failure, Observation } from '../core/exchange/exchange.ts'
import { failureStatus } from '../core/exchange/failure-answer.ts'
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
  for (const observed of record.observations) writeObservation(tracer, ids, observed, record, within)
  if (record.comparison !== undefined) writeComparison(tracer, record.comparison, record, within)
  const primary = primaryOf(record)
  const error = primary === undefined ? undefined : serverError(primary)
  if (error !== undefined) server.setStatus({ code: SpanStatusCode.ERROR, message: error })
  server.end(primary === undefined ? record.startedAt : primary.startedAt + primary.duration * 1_000)
}

function primaryOf({ observations }: TraceRecord): Observation | undefined {
  return observations.find(({ observation: { role } }) => role === 'primary')?.observation
}

/** Not the origin's, and no client's: an answer came, and was not kept to be compared. */
const UNKEPT: ReadonlySet<Failure> = new Set(['over-cap', 'no-room'])

function failureOf(observation: Observation): Failure | undefined {
  return observation.outcome === 'failed' && !UNKEPT.has(observation.failure) ? observation.failure : undefined
}

/** What the origin answered; nothing where no head of an answer came. */
function statusOf(observation: Observation): number | undefined {
  return observation.outcome === 'answered' ? observation.answer.status : observation.status
}

/** What the client got: where the primary gave it nothing, Banyan itself answers. Who left got nothing. */
function servedStatus(primary: Observation): number | undefined {
  const failure = failureOf(primary)
  return statusOf(primary) ?? (failure === undefined || failure === 'aborted' ? undefined : failureStatus(failure))
}

/** Why a question to an origin failed (OpenTelemetry, "HTTP client span"): a status of 400 and above is one reason. */
function clientError(observation: Observation): string | undefined {
  const status = statusOf(observation)
  return status !== undefined && status >= 400 ? String(status) : failureOf(observation)
}

/** Why a client was not served (OpenTelemetry, "HTTP server span"). What is wrong with a request, or that its client left, is no fault of the server. */
function serverError(primary: Observation): string | undefined {
  const [status, failure] = [statusOf(primary), failureOf(primary)]
  if (failure === 'aborted') return undefined
  return status !== undefined && status >= 500 ? String(status) : failure
}

function outcomeAttributes(status: number | undefined, error: string | undefined): Attributes {
  return { ...(status === undefined ? {} : { [A.httpStatus]: status }), ...(error === undefined ? {} : { [A.errorType]: error }) }
}

type TracedOperation = NonNullable<TraceRecord['operation']>

/** GraphQL's type; of a REST operation the method and route, or what it is called. Names of GraphQL are the client's, and too many for spans. */
function nameOf({ operation, method }: TraceRecord): string {
  if (operation === undefined) return method
  if (!isRest(operation.type)) return operation.type
  const { [A.route]: route } = operationAttributes(operation)
  // HEAD is the operation of GET.
  return typeof route === 'string' ? `${method} ${route}` : (operation.name ?? method)
}

function operationAttributes({ key, type, name }: TracedOperation): Attributes {
  if (isRest(type)) return { [A.operation]: key, ...(name?.includes(' /') === true ? { [A.route]: name.slice(name.indexOf('/')) } : {}) }
  return { [A.operation]: key, [A.operationType]: type, ...(name === undefined ? {} : { [A.operationName]: name }) }
}

function endingAttributes(ending: Ending): Attributes {
  const bound = boundOf(ending)
  return { [A.outcome]: outcomeOf(ending), ...(bound === undefined ? {} : { [A.bound]: bound }) }
}

function serverAttributes(record: TraceRecord, flagProvider: string): Attributes {
  const { method, operation, region, stage, client, flag, outcome, writes } = record
  const primary = primaryOf(record)
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
    ...(primary === undefined ? {} : outcomeAttributes(servedStatus(primary), serverError(primary))),
  }
}

/** A socket of Unix has no port, nor need it be said where it is that of the scheme. */
function addressAttributes(address: string): Attributes {
  const [, host = address, port] = /^(.+):(\d+)$/.exec(address) ?? []
  return { [A.serverAddress]: host, ...(port === undefined ? {} : { [A.serverPort]: Number(port) }) }
}

function writeObservation(
  tracer: Tracer,
  ids: GivenIds,
  { spanId, observation, address }: TracedObservation,
  { method }: TraceRecord,
  parent: Context,
): void {
  ids.spanId = spanId
  const error = clientError(observation)
  const attributes = {
    [A.origin]: observation.origin,
    [A.role]: observation.role,
    [A.httpMethod]: method,
    ...addressAttributes(address),
    ...outcomeAttributes(statusOf(observation), error),
  }
  const span = tracer.startSpan(observation.origin, { kind: SpanKind.CLIENT, startTime: observation.startedAt, attributes }, parent)
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error })
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
