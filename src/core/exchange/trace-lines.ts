/** Trace contexts of the client's making: a second backend under the same span would draw one picture of two requests. */
export const TRACE: ReadonlySet<string> = new Set([
  'traceparent',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'uber-trace-id',
  'x-cloud-trace-context',
  'x-amzn-trace-id',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'sentry-trace',
])

/** Whether the trace that we tell of is the client's own. */
export function isOneTrace(sent: string | undefined, ours: string): boolean {
  return traceIdOf(sent) === traceIdOf(ours)
}

const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-', 2)[1]
