import type { Observation } from '../core/exchange/exchange.ts'
import type { Begin } from '../handover/record.ts'
import type { Followed } from '../lines/shadow.ts'
import type { TracedObservation, TraceRecord } from '../telemetry/trace-record.ts'

/** What is known of a request when it is over. */
export type TraceResult = Pick<TraceRecord, 'outcome' | 'comparison' | 'ruleVersion' | 'confirmed' | 'isNearWrite'>

/** An origin that was asked, or was not, under the id of a span. */
export type AskedAs = readonly [observation: Observation | undefined, spanId: string]

type Asked = Partial<Pick<Followed<unknown, never>, 'primary' | 'tried'>>

/** Who was asked for the client, who answered first: where legacy took over, it had an id of its own. */
export function primarySpans({ trace }: Begin, { primary, tried }: Asked): readonly AskedAs[] {
  const { primarySpanId = '', fallbackSpanId = '' } = trace ?? {}
  return tried === undefined
    ? [[primary, primarySpanId]]
    : [
        [primary, fallbackSpanId],
        [tried, primarySpanId],
      ]
}

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
