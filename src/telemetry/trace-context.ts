import { randomFillSync } from 'node:crypto'
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace'

type Otel = Readonly<Record<string, string>>

/** The ids with which a request begins. */
export interface TraceStart {
  readonly traceId: string
  readonly parentSpanId?: string
  readonly sampled: boolean
  readonly serverSpanId: string
}

export interface Tracing {
  /** Begins a trace, or goes on with the client's; nothing when tracing is off. */
  readonly begin: (traceparent: string | undefined) => TraceStart | undefined
  readonly spanId: () => string
}

/** A header line for a request to an origin (W3C trace context, level 1). */
export function traceparentOf(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/** Whether traces are wanted: the standard variables name somewhere to send them, and do not switch everything off. */
export function isTracing(otel: Otel): boolean {
  if (otel['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || otel['OTEL_TRACES_EXPORTER'] === 'none') return false
  return otel['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined || otel['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] !== undefined
}

/** Ids and sampling for the client's path. Spans are made later, on the shadow thread. */
export function createTracing(otel: Otel): Tracing {
  const ids = createIds()
  if (!isTracing(otel)) return { begin: () => undefined, spanId: () => ids(8) }
  const sampler = samplerOf(otel)
  return {
    begin(traceparent) {
      const parent = traceparent === undefined ? null : parseTraceParent(traceparent)
      const traceId = parent?.traceId ?? ids(16)
      const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
      const { decision } = sampler.shouldSample(context, traceId, 'request', SpanKind.SERVER, {}, [])
      const sampled = decision === SamplingDecision.RECORD_AND_SAMPLED
      return { traceId, sampled, serverSpanId: ids(8), ...(parent === null ? {} : { parentSpanId: parent.spanId }) }
    },
    spanId: () => ids(8),
  }
}

/** `OTEL_TRACES_SAMPLER` and its argument, as the specification names them. */
function samplerOf(otel: Otel): Sampler {
  const said = Number(otel['OTEL_TRACES_SAMPLER_ARG'] ?? '1')
  const ratio = said >= 0 && said <= 1 ? said : 1
  const name = otel['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on'
  const root = name.endsWith('always_off')
    ? new AlwaysOffSampler()
    : name.endsWith('traceidratio')
      ? new TraceIdRatioBasedSampler(ratio)
      : new AlwaysOnSampler()
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

/** Random ids in hex. Asking the system for each would cost more than the rest of the request's tracing. */
function createIds(): (bytes: number) => string {
  const pool = Buffer.allocUnsafe(4_096)
  let used = pool.length
  return (bytes) => {
    if (used + bytes > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += bytes
    return pool.toString('hex', used - bytes, used)
  }
}
