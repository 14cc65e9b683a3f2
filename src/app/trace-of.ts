import type { Begin } from '../handover/record.ts'
import type { TracedObservation, TraceRecord } from '../telemetry/trace-record.ts'

/** What is known of a request when it is over. */
export type TraceResult = Pick<TraceRecord, 'outcome' | 'comparison' | 'ruleVersion' | 'confirmed' | 'isNearWrite'>

/** A request as a trace; nothing where nobody wants one. */
export function traceOf(begin: Begin, observations: readonly TracedObservation[], result: TraceResult): TraceRecord | undefined {
  const { trace, method, operation, region, stage, client, flag, startedAt, write } = begin
  if (trace?.sampled !== true) return undefined
  return {
    traceId: trace.traceId,
    serverSpanId: trace.serverSpanId,
    parentSpanId: trace.parentSpanId,
    method,
    region,
    stage,
    startedAt,
    observations,
    operation,
    client,
    flag,
    writes: write?.mode,
    ...result,
  }
}
