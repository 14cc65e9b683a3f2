import { parentPort, workerData } from 'node:worker_threads'
import { SHED } from '../core/exchange/bound.ts'
import { Ledger } from '../handover/ledger.ts'
import type { Begin } from '../handover/record.ts'
import { decode } from '../handover/wire.ts'
import { RingReader } from '../handover/ring.ts'
import { createShadowLine, type Ended, type Followed } from '../lines/shadow.ts'
import { createLog } from '../telemetry/log.ts'
import { createTracing } from '../telemetry/trace-context.ts'
import { createTraces } from '../telemetry/trace.ts'
import { createAskedBy } from './asked-by.ts'
import { Asking, type ToAsk } from './asking.ts'
import { createComparing, type Compared } from './comparing.ts'
import { fullWord } from './fullness.ts'
import { Mirroring } from './mirroring.ts'
import { readOn } from './reading-on.ts'
import { RulesInForce } from './rules-in-force.ts'
import { ShadowAllowances } from './shadow-allowances.ts'
import { ShadowCounts, type Asker } from './shadow-counts.ts'
import type { ShadowNews, ShadowOrder, ShadowStart } from './shadow-messages.ts'
import { kept, ShadowMemory } from './shadow-memory.ts'
import { stepBack } from './stepping-back.ts'
import { primarySpans, traceOf, type AskedAs, type TraceResult } from './trace-of.ts'
import { Turns, type TurnLimits } from './turns.ts'
import { Writes } from './writes.ts'

/** How often this thread reports, and says that it is alive. */
const REPORT_MS = 1_000
const BEAT_MS = 250
/** Well below what a write is felt for. */
const WRITES_MS = 100
/** Long enough for a typical latency, short enough to let go of a shadow that suffers. */
const ADJUST_MS = 250
/** Requests whose primary has not answered yet; further ones are shed. */
const MAX_OPEN = 4_096
/** Bytes of requests and answers that are not over: at the least, and in requests of the largest size. */
const MIN_HELD_BYTES = 64 * 1024 * 1024
const HELD_REQUESTS = 8
/** So few bytes that an edge takes hardly more memory for large answers than for short ones. */
const COMPARING: TurnLimits = { atOnce: 4, waiting: 1_000, waitingBytes: 8 * 1024 * 1024 }

/** A mirrored request on this thread, with the span ids that its origins see. */
interface Request extends ToAsk, Asker {
  readonly shadowSpanId: string
  readonly controlSpanId: string
}

/** What requests under way get to finish at the end. */
const CLOSE_MS = 2_000
const CLOSE_STEP_MS = 20

stepBack()
const { ring, ledger, loaded, accepted, name, ...start } = workerData as ShadowStart // written by `shadow-host.ts`
const log = createLog(`${name}-shadow`)
const { config } = loaded
const reader = new RingReader(ring)
const counts = new ShadowCounts(loaded, () => inForce.judging.version)
const traces = createTraces(loaded.otel, config.flags.provider === 'launchdarkly' ? 'launchdarkly' : 'banyan')
const ids = createTracing({})
const inForce = new RulesInForce(loaded.rules, accepted, Date.now)
/** Under which values are kept in examples. */
let { reveals } = start
const askedBy = createAskedBy(loaded)
const compare = createComparing(loaded, inForce, () => reveals, askedBy)
/** What waits for the end of each request. */
const open = new Map<number, (end: Ended | undefined) => void>()
/** Requests whose end had no room in the ring: the client's path counted them. */
const counted = new Set<number>()
const memory = new ShadowMemory(Math.max(MIN_HELD_BYTES, HELD_REQUESTS * config.mirror.maxBodyBytes))
const turns = new Turns(COMPARING)
const allowances = new ShadowAllowances(config.mirror.maxInFlight, tellFull)
const asking = new Asking(loaded, allowances, (reason) => void (memory.shed[reason] += 1), log)
const mirroring = new Mirroring(loaded, { ledger: new Ledger(ledger), log, asking, askedBy })
const writes = new Writes(loaded)
let closing = false

const follow = createShadowLine<Request, Compared>({
  mirror: mirroring.mirror,
  control: (request) => asking.control(request, request.controlSpanId),
  hasGap: mirroring.hasGap,
  // A write is not near itself.
  isNearWrite: ({ begin }, exchange) => begin.write === undefined && writes.isNear(begin, exchange),
  again: (request, isNearWrite) => (closing ? Promise.resolve(undefined) : asking.again(request, isNearWrite)),
  itself: (request) => (closing ? Promise.resolve(undefined) : asking.itself(request)),
  compare: async ({ begin }, exchange) => {
    const { primary, shadow } = exchange
    const compared = await turns.take(primary.answer.body.length + shadow.answer.body.length, () => compare(begin, exchange))
    if (compared === undefined) memory.shed.backlog += 1
    return compared
  },
  record,
})

function record({
  request,
  outcome: ended,
  primary,
  tried,
  shadow,
  control,
  compared,
  noise,
  confirmed,
  isNearWrite,
  itself,
}: Followed<Request, Compared>): void {
  const { begin, key, isRepeat } = request
  if (counted.delete(begin.id)) return
  // That both find a write valid is no parity; that one of them does not is a difference like any other.
  const isValidated = begin.write?.mode === 'validate-only' && ended === 'compared' && compared?.comparison.verdict === 'match'
  const outcome = isValidated ? 'validated' : ended
  counts.add({ begin, key, isRepeat, outcome, primary, shadow, control, compared, noise, isNearWrite, itself })
  recordTrace(begin, [...primarySpans(begin, { primary, tried }), [shadow, request.shadowSpanId], [control, request.controlSpanId]], {
    outcome,
    ...(compared === undefined ? {} : { comparison: compared.comparison, ruleVersion: compared.ruleVersion }),
    ...(confirmed === undefined ? {} : { confirmed }),
    ...(isNearWrite ? { isNearWrite } : {}),
  })
}

function recordTrace(begin: Begin, asked: readonly AskedAs[], result: TraceResult): void {
  if (begin.trace?.sampled !== true) return
  const observations = asked.flatMap(([observation, spanId]) =>
    observation === undefined ? [] : [{ spanId, observation, address: asking.address(observation.origin) }],
  )
  const record = traceOf(begin, observations, result)
  if (record !== undefined) traces.record(record)
}

/** Follows one request from its beginning; its end resolves what it waits for. */
function onBegin(begin: Begin): void {
  if (open.size >= MAX_OPEN) return shed(begin, 'requests')
  const { unfollowed } = begin
  if (unfollowed !== undefined) {
    open.set(begin.id, (served) => {
      if (!counted.delete(begin.id) && served !== undefined) recordTrace(begin, primarySpans(begin, served), { outcome: unfollowed })
    })
    return
  }
  const { room, keep, close } = memory.share()
  if (!room(begin.body?.length ?? 0)) return shed(begin, 'bytes')
  const { promise: end, resolve } = Promise.withResolvers<Ended | undefined>()
  open.set(begin.id, (served) => {
    allowances.saw(served?.primary)
    resolve(kept(served, keep))
  })
  const spanId = (): string => (begin.trace === undefined ? '' : ids.spanId())
  follow({ request: { begin, keep, ...counts.asker(begin), shadowSpanId: spanId(), controlSpanId: spanId() }, end })
    .catch((error: unknown) => {
      // The message may hold a piece of what could not be read.
      log.error({ error: error instanceof Error ? error.name : 'fault' }, 'following a request failed')
      counts.end(begin, 'lost')
    })
    .finally(close)
}

/** Lets a request go once it is over, so that it is counted with what the client got. */
function shed({ body: _body, ...begin }: Begin, bound: 'requests' | 'bytes'): void {
  const isMirrored = begin.unfollowed === undefined
  // Bytes were counted where they were missing.
  if (bound === 'requests' && isMirrored) memory.shed.requests += 1
  open.set(begin.id, (served) => {
    mirroring.forget(begin)
    if (isMirrored) allowances.saw(served?.primary)
    if (counted.delete(begin.id)) return
    if (isMirrored) counts.end(begin, SHED[bound])
    if (served !== undefined) recordTrace(begin, primarySpans(begin, served), { outcome: begin.unfollowed ?? SHED[bound] })
  })
}

function onEnd(id: number, end: Ended | undefined): void {
  const resolve = open.get(id)
  if (resolve === undefined) return
  open.delete(id)
  resolve(end)
}

function onDrop(id: number): void {
  if (open.has(id)) counted.add(id)
  onEnd(id, undefined)
}

function see(bytes: Buffer, start: number): void {
  const said = decode(bytes, start)
  if (said.kind === 'begin') onBegin(said.begin)
  else if (said.kind === 'end') onEnd(said.end.id, said.end)
  else if (said.kind === 'write') writes.see(said.write)
  else onDrop(said.id)
}

function report(): void {
  const { inFlight, limits } = allowances
  const { held, shed: shedSoFar } = memory
  const waiting = { backlog: turns.waiting, writesWaiting: mirroring.waiting }
  const known = { inFlight, limits, sockets: asking.sockets, ...waiting, held, shed: shedSoFar, spansDropped: traces.dropped() }
  tell({ kind: 'report', report: { ...counts.take(), ...known } })
}

/** The client's path spares both of us what there is no use for. */
function tellFull(): void {
  reader.tellFull(fullWord({ bounds: allowances.bounds, traces: traces.isFull() }))
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
  for (let waited = 0; (open.size > 0 || asking.inFlight > 0 || mirroring.waiting > 0) && waited < CLOSE_MS; waited += CLOSE_STEP_MS)
    await new Promise((resolve) => setTimeout(resolve, CLOSE_STEP_MS))
  clearInterval(reporting)
  report()
  await traces.close()
  // A message that is posted right before the exit may be lost with the thread.
  setImmediate(() => process.exit(0))
}

parentPort?.on('message', (order: ShadowOrder) => {
  if (order.kind === 'rules') inForce.replace(order.rules)
  else if (order.kind === 'certificates') asking.renew(order.certificates)
  else if (order.kind === 'writes') writes.learn(order.writes)
  else if (order.kind === 'counting-key') counts.countUnder(order.key)
  else if (order.kind === 'accepted') inForce.accept(order.groups)
  else if (order.kind === 'reveals') ({ reveals } = order)
  else void close()
})

await readOn(reader, see, () => closing)
