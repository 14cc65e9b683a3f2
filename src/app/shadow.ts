import { parentPort, workerData } from 'node:worker_threads'
import type { Observation } from '../core/exchange/exchange.ts'
import type { FallbackCause } from '../core/exchange/inbound.ts'
import { decode, type Begin } from '../handover/record.ts'
import { RingReader } from '../handover/ring.ts'
import { createShadowLine, type Followed } from '../lines/shadow.ts'
import { createLog } from '../telemetry/log.ts'
import { createTracing } from '../telemetry/trace-context.ts'
import { createTraces } from '../telemetry/trace.ts'
import type { TracedObservation, TraceRecord } from '../telemetry/trace-record.ts'
import { Asking } from './asking.ts'
import { createComparing, type Compared } from './comparing.ts'
import { RulesInForce } from './rules-in-force.ts'
import { ShadowAllowances } from './shadow-allowances.ts'
import { ShadowCounts } from './shadow-counts.ts'
import type { ShadowNews, ShadowOrder, ShadowStart } from './shadow-messages.ts'
import { Writes } from './writes.ts'

/** How often this thread reports, and says that it is alive. */
const REPORT_MS = 1_000
const BEAT_MS = 250
/** Well below what a write is felt for. */
const WRITES_MS = 100
/** Long enough for a typical latency, short enough to let go of a shadow that suffers. */
const ADJUST_MS = 250
/** Records looked at before the thread turns to its sockets. */
const BATCH = 64
/** Requests whose primary has not answered yet; further ones are shed. */
const MAX_OPEN = 4_096
/** Bytes of requests and answers that wait for their other half. */
const MAX_OPEN_BYTES = 64 * 1024 * 1024

type End = { readonly primary: Observation; readonly fallbackFrom?: FallbackCause }

/** A mirrored request on this thread, with the span ids that its origins see. */
interface Request {
  readonly begin: Begin
  readonly shadowSpanId: string
  readonly controlSpanId: string
}

/** Longest sleep while nothing is handed over. */
const WAIT_MS = 1_000
/** What requests under way get to finish at the end. */
const CLOSE_MS = 2_000
const CLOSE_STEP_MS = 20

const { ring, loaded, accepted, name, ...start } = workerData as ShadowStart // written by `shadow-host.ts`
const log = createLog(`${name}-shadow`)
const { config } = loaded
const reader = new RingReader(ring)
const counts = new ShadowCounts(config)
const traces = createTraces(loaded.otel)
const ids = createTracing({})
const inForce = new RulesInForce(loaded.rules, accepted, Date.now)
/** Under which values are kept in examples. */
let { reveals } = start
const compare = createComparing(loaded, inForce, () => reveals)
const open = new Map<number, { readonly resolve: (end: End | undefined) => void; readonly bytes: number }>()
const allowances = new ShadowAllowances(config.mirror.maxInFlight, (bits) => reader.tellFull(bits))
const asking = new Asking(loaded, allowances)
const writes = new Writes(loaded)
let openBytes = 0
let closing = false

const follow = createShadowLine<Request, Compared>({
  mirror: ({ begin, shadowSpanId }) => (openBytes > MAX_OPEN_BYTES ? Promise.resolve(undefined) : asking.shadow(begin, shadowSpanId)),
  control: ({ begin, controlSpanId }) => asking.control(begin, controlSpanId),
  isNearWrite: ({ begin }, exchange) => writes.isNear(begin, exchange),
  again: ({ begin }, isNearWrite) => (closing ? Promise.resolve(undefined) : asking.again(begin, isNearWrite)),
  compare: ({ begin }, exchange) => compare(begin, exchange),
  record,
})

function record({
  request,
  outcome,
  primary,
  shadow,
  control,
  compared,
  noise,
  confirmed,
  isNearWrite,
}: Followed<Request, Compared>): void {
  const { begin } = request
  counts.add({ begin, outcome, primary, shadow, control, compared, noise, isNearWrite })
  const asked = [
    ...traced(primary, begin.trace?.primarySpanId ?? ''),
    ...traced(shadow, request.shadowSpanId),
    ...traced(control, request.controlSpanId),
  ]
  recordTrace(begin, asked, {
    outcome,
    ...(compared === undefined ? {} : { comparison: compared.comparison, ruleVersion: compared.ruleVersion }),
    ...(confirmed === undefined ? {} : { confirmed }),
    ...(isNearWrite ? { isNearWrite } : {}),
  })
}

function traced(observation: Observation | undefined, spanId: string): TracedObservation[] {
  return observation === undefined ? [] : [{ spanId, observation, address: asking.address(observation.origin) }]
}

function recordTrace(
  begin: Begin,
  observations: readonly TracedObservation[],
  result: Pick<TraceRecord, 'outcome' | 'comparison' | 'ruleVersion' | 'confirmed' | 'isNearWrite'>,
): void {
  const { trace, method, operation, region, stage, client, flag, startedAt } = begin
  if (trace?.sampled !== true) return
  traces.record({
    traceId: trace.traceId,
    serverSpanId: trace.serverSpanId,
    ...(trace.parentSpanId === undefined ? {} : { parentSpanId: trace.parentSpanId }),
    method,
    region,
    stage,
    startedAt,
    observations,
    ...(operation === undefined ? {} : { operation }),
    ...(client === undefined ? {} : { client }),
    ...(flag === undefined ? {} : { flag }),
    ...result,
  })
}

/** Follows one request from its beginning; its end resolves what it waits for. */
function onBegin(begin: Begin): void {
  if (open.size >= MAX_OPEN) {
    open.set(begin.id, { resolve: () => counts.end(begin, 'shed'), bytes: 0 })
    return
  }
  const { promise: end, resolve } = Promise.withResolvers<End | undefined>()
  const bytes = begin.body?.length ?? 0
  open.set(begin.id, { resolve, bytes })
  openBytes += bytes
  if (!begin.mirror) {
    void end.then((served) => served !== undefined && recordTrace(begin, traced(served.primary, begin.trace?.primarySpanId ?? ''), {}))
    return
  }
  follow({ request: { begin, shadowSpanId: ids.spanId(), controlSpanId: ids.spanId() }, end }).catch((error: unknown) => {
    // The message may hold a piece of what could not be read.
    log.error({ error: error instanceof Error ? error.name : 'fault' }, 'following a request failed')
    counts.end(begin, 'lost')
  })
}

function onEnd(id: number, end: End | undefined): void {
  const waiting = open.get(id)
  if (waiting === undefined) return
  open.delete(id)
  openBytes -= waiting.bytes
  allowances.saw(end?.primary)
  waiting.resolve(end)
}

function see(bytes: Buffer, start: number): void {
  const said = decode(bytes, start)
  if (said.kind === 'begin') onBegin(said.begin)
  else if (said.kind === 'end') onEnd(said.end.id, said.end)
  else if (said.kind === 'write') writes.see(said.write)
  else onEnd(said.id, undefined)
}

function report(): void {
  const { inFlight, limits } = allowances
  tell({ kind: 'report', report: { ...counts.take(), inFlight, limits, spansDropped: traces.dropped() } })
}

function tell(news: ShadowNews): void {
  parentPort?.postMessage(news)
}

function tellWrites(): void {
  const fresh = writes.takeFresh()
  if (fresh.length > 0) tell({ kind: 'writes', writes: fresh })
}

const reporting = setInterval(report, REPORT_MS)
setInterval(() => allowances.adjust(), ADJUST_MS)
setInterval(() => reader.beat(), BEAT_MS)
setInterval(tellWrites, WRITES_MS)

/** Lets what is under way finish, for a moment, and reports it. */
async function close(): Promise<void> {
  closing = true
  for (let waited = 0; (open.size > 0 || asking.inFlight > 0) && waited < CLOSE_MS; waited += CLOSE_STEP_MS)
    await new Promise((resolve) => setTimeout(resolve, CLOSE_STEP_MS))
  clearInterval(reporting)
  report()
  await traces.close()
  // A message that is posted right before the exit may be lost with the thread.
  setImmediate(() => process.exit(0))
}

parentPort?.on('message', (order: ShadowOrder) => {
  if (order.kind === 'rules') inForce.replace(order.rules)
  else if (order.kind === 'writes') writes.learn(order.writes)
  else if (order.kind === 'accepted') inForce.accept(order.groups)
  else if (order.kind === 'reveals') ({ reveals } = order)
  else void close()
})

while (!closing || reader.used > 0) {
  // Sockets and timers get their turn after each batch.
  if (reader.read(BATCH, see) === BATCH) await new Promise(setImmediate)
  else await reader.wait(WAIT_MS)
}
