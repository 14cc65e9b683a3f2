import { setTimeout as pause } from 'node:timers/promises'
import type { LoadedConfig } from '../config/loaded.ts'
import { ConfirmBudget } from '../core/evidence/confirm-budget.ts'
import type { Exchange, Observation } from '../core/exchange/exchange.ts'
import { hidesCredential, shadowHeaders } from '../core/exchange/headers.ts'
import { isRead, isRest } from '../core/operation/operation.ts'
import type { Origin } from '../core/routing/stage.ts'
import type { Begin } from '../handover/record.ts'
import { traceparentOf } from '../telemetry/trace-context.ts'
import { ask } from '../upstream/mirror.ts'
import { openUpstream, type Upstream } from '../upstream/pool.ts'
import { graphqlTarget } from '../upstream/target.ts'
import type { ShadowAllowances } from './shadow-allowances.ts'
import type { Room } from './shadow-memory.ts'

type Role = 'shadow' | 'control'

/** A request to ask, and the room for its answers. */
export interface ToAsk {
  readonly begin: Begin
  readonly room: Room
}

const OTHER_ORIGIN: Readonly<Record<Origin, Origin>> = { legacy: 'candidate', candidate: 'legacy' }

/** Asks the origins for the record: the shadow, legacy a second time, and both once more. Nothing here rejects, and no more is under way than may be. */
export class Asking {
  readonly #config: LoadedConfig['config']
  readonly #credentials: ReadonlySet<string>
  readonly #upstreams: Readonly<Record<Origin, Upstream>>
  readonly #budget: ConfirmBudget
  readonly #allowances: ShadowAllowances
  /** Requests that are about to be asked again. */
  #waiting = 0

  constructor({ config, certificates }: LoadedConfig, allowances: ShadowAllowances) {
    this.#allowances = allowances
    const { mirror, backends } = config
    const options = { timeoutMs: mirror.timeoutMs }
    this.#config = config
    this.#credentials = new Set(mirror.credentials.map((name) => name.toLowerCase()))
    this.#upstreams = {
      legacy: openUpstream({ ...backends.legacy, tls: certificates.legacy ?? {}, ...options }),
      candidate: openUpstream({ ...backends.candidate, tls: certificates.candidate ?? {}, ...options }),
    }
    this.#budget = new ConfirmBudget(mirror.confirm.perSecond)
  }

  address(origin: Origin): string {
    return this.#upstreams[origin].address
  }

  /** Requests under way, and those that soon will be. */
  get inFlight(): number {
    return this.#allowances.inFlight + this.#waiting
  }

  shadow(request: ToAsk, spanId: string): Promise<Observation | undefined> {
    return this.#within(request, OTHER_ORIGIN[request.begin.primary], 'shadow', spanId)
  }

  control(request: ToAsk, spanId: string): Promise<Observation | undefined> {
    const { begin } = request
    const isWanted = begin.control && begin.primary === 'legacy'
    return isWanted ? this.#within(request, 'legacy', 'control', spanId) : Promise.resolve(undefined)
  }

  /**
   * Asks both again after a moment, in the other order (NO-2); after a write, when nobody feels it any more (NO-5). Reads only, within the budget of the operation; never where the client's credentials are
   * kept from the second try, because both would then refuse in the same way.
   */
  async again(request: ToAsk, isNearWrite: boolean): Promise<Exchange | undefined> {
    const { operation, headers, primary } = request.begin
    const { confirm, nearWriteMs } = this.#config.mirror
    if (operation === undefined || !isRead(operation.type) || hidesCredential(headers, this.#credentials)) return undefined
    if (!this.#budget.take(operation.key, Date.now())) return undefined
    this.#waiting += 1
    try {
      await pause(Math.max(confirm.delayMs, isNearWrite ? nearWriteMs : 0))
    } finally {
      this.#waiting -= 1
    }
    const asked = [this.#within(request, OTHER_ORIGIN[primary], 'shadow'), this.#within(request, primary, 'control')] as const
    const [second, first] = await Promise.all(asked)
    return first?.outcome === 'answered' && second?.outcome === 'answered' ? { primary: first, shadow: second } : undefined
  }

  /** Nothing where the origin's allowance is used up. */
  #within(request: ToAsk, origin: Origin, role: Role, spanId?: string): Promise<Observation | undefined> {
    return this.#allowances.within(origin, () => this.#ask(request, origin, role, spanId))
  }

  #ask({ begin, room }: ToAsk, origin: Origin, role: Role, spanId?: string): Promise<Observation> {
    const upstream = this.#upstreams[origin]
    const { trace } = begin
    const traceparent = trace === undefined || spanId === undefined ? undefined : traceparentOf(trace.traceId, spanId, trace.sampled)
    return ask({
      upstream,
      origin,
      role,
      method: begin.method,
      target:
        begin.operation !== undefined && isRest(begin.operation.type)
          ? begin.target
          : graphqlTarget(upstream.path, begin.target, this.#config.listen.path),
      headers: shadowHeaders(begin.headers, {
        credentials: this.#credentials,
        role,
        ...(traceparent === undefined ? {} : { traceparent }),
      }),
      body: begin.body === undefined ? null : Buffer.from(begin.body),
      maxBytes: this.#config.mirror.maxBodyBytes,
      room,
      timeoutMs: this.#config.mirror.timeoutMs,
    })
  }
}
