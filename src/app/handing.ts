import { SHED, type Shed } from '../core/exchange/bound.ts'
import { withAttached } from '../core/exchange/attach.ts'
import type { Inbound, Routed, Served } from '../core/exchange/inbound.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import { UNMIRRORED_REASONS, type UnmirroredReason } from '../core/routing/decide.ts'
import type { Begin, End, TraceIds } from '../handover/record.ts'
import { encodeBegin, encodeDrop, encodeEnd } from '../handover/wire.ts'
import type { Handover } from '../lines/request.ts'
import { traceparentOf, type TraceStart, type Tracing } from '../telemetry/trace-context.ts'
import type { ShadowHost } from './shadow-host.ts'

/** The cell that a request is counted in. */
export type CellName = Pick<CellEvidence, 'operation' | 'region' | 'stage' | 'window'>

export interface HandingSettings {
  readonly host: Pick<ShadowHost, 'obstacle' | 'refusal' | 'takesTraces' | 'write' | 'owe' | 'restarts' | 'ledger'>
  /** The main thread has more to do than it can: clients come first. */
  readonly isStrained: () => boolean
  readonly tracing: Tracing
  /** So many spans were not made, because nothing takes them. */
  readonly onUntraced: (spans: number) => void
  /** Share of mirrored requests that legacy answers a second time. */
  readonly controlSample: number
  readonly chance: () => number
  /** Stands for the subject of a request. */
  readonly markOf: (inbound: Inbound) => number
  /** One for each operation. */
  readonly cellsOf: (routed: Routed) => readonly CellName[]
}

/** The spans that every trace has: the request's own, and the primary's. */
const LEAST_SPANS = 2

const NOTHING = new Uint8Array(0)

type Unfollowed = UnmirroredReason | Shed

/** Of requests that nobody follows: made once, for they are most of a router that mirrors little. */
const UNFOLLOWED = Object.fromEntries<Handover>(
  [...UNMIRRORED_REASONS, ...Object.values(SHED)].map((ended) => [ended, { end: () => ended }]),
) as Readonly<Record<Unfollowed, Handover>> // one for each, just above

/** The client's side of the handover: two records a request, one when it begins and one when it is over. */
export function createHanding({
  host,
  isStrained,
  tracing,
  onUntraced,
  controlSample,
  chance,
  markOf,
  cellsOf,
}: HandingSettings): (routed: Routed) => Handover {
  let nextId = 0
  /** Requests whose end had no room; the shadow thread is told when there is some. */
  const dropped: number[] = []

  /** A shadow that is full would not be asked: the client's path does not even copy for it. A write to a sandbox waits for its turn. */
  function whyUnfollowed({ decision: { shadow, writes, unmirrored }, lane }: Routed): Unfollowed | undefined {
    if (shadow === undefined) return unmirrored ?? 'stage'
    if (writes === 'sandbox' && lane !== undefined) return undefined
    const bound = isStrained() ? 'strain' : host.obstacle(shadow)
    return bound === undefined ? undefined : SHED[bound]
  }

  /** Counts a trace that was wanted and will not be made. */
  function untraced(start: TraceStart | undefined): void {
    if (start?.sampled === true) onUntraced(LEAST_SPANS)
  }

  function traceIds(start: TraceStart, { decision: { fallback } }: Routed): TraceIds {
    return { ...start, primarySpanId: tracing.spanId(), ...(fallback === undefined ? {} : { fallbackSpanId: tracing.spanId() }) }
  }

  return function handOver(routed) {
    const start = tracing.begin(routed.inbound.traceparent)
    const { shadow, writes } = routed.decision
    const lane = writes === 'sandbox' ? routed.lane : undefined
    const unfollowed = whyUnfollowed(routed)
    const mirror = unfollowed === undefined
    // Nobody follows, and nobody traces: most mutations of an untraced router.
    if (!mirror && start === undefined) return UNFOLLOWED[unfollowed]
    const trace = start === undefined ? undefined : traceIds(start, routed)
    const lines = trace === undefined ? undefined : linesOf(trace)
    // The trace is all that the thread would hear of it for: where it has no use for that either, nothing is copied.
    if (!mirror && !(start?.sampled === true && host.takesTraces)) {
      untraced(start)
      return { ...lines, end: UNFOLLOWED[unfollowed].end }
    }
    nextId = (nextId + 1) >>> 0
    const id = nextId
    while (dropped.length > 0 && host.write(encodeDrop(dropped[0] ?? 0))) dropped.shift()
    const { restarts } = host
    // Legacy would do a write a second time.
    const control = mirror && writes === undefined && chance() < controlSample
    const written = host.write(encodeBegin(beginOf(id, routed, trace, { unfollowed, control, mark: mirror ? markOf(routed.inbound) : 0 })))
    if (!written) {
      untraced(start)
      return { ...lines, end: UNFOLLOWED[unfollowed ?? SHED[host.refusal]].end }
    }
    if (shadow !== undefined && lane !== undefined) host.ledger.begin(lane, shadow)

    return {
      ...lines,
      end(served) {
        if (host.restarts !== restarts) {
          untraced(start)
          return unfollowed ?? 'lost'
        }
        const isHeard = host.write(encodeEnd(mirror ? endOf(id, served) : toldEnd(id, served)))
        if (!isHeard) {
          dropped.push(id)
          untraced(start)
        }
        if (unfollowed !== undefined) return unfollowed
        if (!isHeard) return SHED[host.refusal]
        for (const cell of cellsOf(routed)) host.owe(cell)
        return 'following'
      },
    }
  }
}

function linesOf({ traceId, sampled, primarySpanId, fallbackSpanId }: TraceIds): Pick<Handover, 'traceparent' | 'fallbackTraceparent'> {
  return {
    traceparent: traceparentOf(traceId, primarySpanId, sampled),
    fallbackTraceparent: fallbackSpanId === undefined ? undefined : traceparentOf(traceId, fallbackSpanId, sampled),
  }
}

function beginOf(
  id: number,
  routed: Routed,
  trace: TraceIds | undefined,
  { unfollowed, control, mark }: Pick<Begin, 'unfollowed' | 'control' | 'mark'>,
): Begin {
  const { identified, region, client, assignment, decision } = routed
  const operation = identified.kind === 'operation' ? identified.operation : undefined
  const mirror = unfollowed === undefined
  const inbound = mirror ? withAttached(routed) : routed.inbound
  return {
    id,
    startedAt: inbound.at,
    unfollowed,
    control,
    method: inbound.method,
    target: inbound.target,
    headers: mirror ? inbound.headers : [],
    body: mirror ? inbound.body : undefined,
    operation,
    batch: identified.kind === 'batch' ? identified.operations : undefined,
    region,
    stage: decision.stage,
    primary: decision.primary,
    flag: { key: assignment.flag, reason: assignment.reason, version: assignment.version },
    client,
    mark,
    trace,
    lane: mirror ? routed.lane : undefined,
    write: mirror && decision.writes !== undefined ? { mode: decision.writes, roots: rootsOf(identified) } : undefined,
  }
}

function rootsOf(identified: Routed['identified']): number {
  return identified.kind === 'operation' ? identified.roots.length : 0
}

/** For a trace alone: how it was answered, and not what. */
function toldEnd(id: number, { primary, fallbackFrom, tried }: Served): End {
  if (primary.outcome === 'failed') return { id, primary, fallbackFrom, tried }
  return { id, primary: { ...primary, answer: { status: primary.answer.status, headers: [], body: NOTHING } }, fallbackFrom, tried }
}

/** An answer that was too large to keep is as good as none, for the comparison. */
function endOf(id: number, { primary, kept, fallbackFrom, tried }: Served): End {
  if (primary.outcome === 'failed' || kept) return { id, primary, fallbackFrom, tried }
  const { answer, outcome: _, ...observed } = primary
  return { id, primary: { ...observed, outcome: 'failed', failure: 'over-cap', status: answer.status }, fallbackFrom, tried }
}
