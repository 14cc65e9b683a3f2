import { setTimeout as pause } from 'node:timers/promises'
import type { LoadedConfig } from '../config/loaded.ts'
import { ConfirmBudget } from '../core/evidence/confirm-budget.ts'
import { withLength } from '../core/exchange/attach.ts'
import type { Shed } from '../core/exchange/bound.ts'
import { isAnswered, type Exchange, type Observation, type RawHeaders } from '../core/exchange/exchange.ts'
import { hidesCredential, shadowHeaders } from '../core/exchange/headers.ts'
import { isRead, isRest } from '../core/operation/operation.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import type { Origin } from '../core/routing/stage.ts'
import type { Begin } from '../handover/record.ts'
import type { Log } from '../telemetry/log.ts'
import { traceparentOf } from '../telemetry/trace-context.ts'
import { ask } from '../upstream/mirror.ts'
import { graphqlTarget } from '../upstream/target.ts'
import type { ShadowAllowances } from './shadow-allowances.ts'
import { openUpstreams, renewUpstreams, type Upstreams } from './upstreams.ts'
import type { Keep, SecondShed } from './shadow-memory.ts'

type Role = 'shadow' | 'control'

/** A request to ask, and the room for its answers. */
export interface ToAsk {
  readonly begin: Begin
  readonly keep: Keep
}

/** What is another than in the client's request. */
export interface Alteration {
  /** Header lines of ours, in place of the client's of those names. */
  readonly own?: RawHeaders
  readonly body?: Buffer
  /** Does nothing anywhere: a mutation to the endpoint itself, or OPTIONS for the path of a REST operation. */
  readonly isCanary?: true
}

export const OTHER_ORIGIN: Readonly<Record<Origin, Origin>> = { legacy: 'candidate', candidate: 'legacy' }

/** Asks the origins for the record: the shadow, legacy a second time, and both once more. Nothing here rejects, and no more is under way than may be. */
export class Asking {
  readonly #config: LoadedConfig['config']
  readonly #credentials: ReadonlySet<string>
  readonly #upstreams: Upstreams
  readonly #budget: ConfirmBudget
  readonly #allowances: ShadowAllowances
  readonly #onShed: (reason: SecondShed) => void
  /** Requests that are about to be asked again. */
  #waiting = 0

  /** @param onShed a control was wanted, or a second try of both, and an allowance for it is used up */
  constructor(loaded: LoadedConfig, allowances: ShadowAllowances, onShed: (reason: SecondShed) => void, log: Log) {
    this.#allowances = allowances
    this.#onShed = onShed
    const { config } = loaded
    const { mirror } = config
    this.#config = config
    this.#credentials = new Set(mirror.credentials.map((name) => name.toLowerCase()))
    this.#upstreams = openUpstreams(loaded, log, { timeoutMs: mirror.timeoutMs })
    this.#budget = new ConfirmBudget(mirror.confirm.perSecond)
  }

  /** For connections that are opened from now on. */
  renew(certificates: Certificates): void {
    renewUpstreams(this.#upstreams, certificates)
  }

  address(origin: Origin): string {
    return this.#upstreams[origin].address
  }

  /** Asks the shadow something else than the client asked, unless its allowance is used up. */
  altered(request: ToAsk, spanId: string | undefined, alteration: Alteration): Promise<Observation | Shed> {
    const origin = OTHER_ORIGIN[request.begin.primary]
    return this.#allowances.within(origin, () => this.#ask(request, origin, 'shadow', spanId, alteration))
  }

  /** Sends a write, beside the allowance: one that is left out would be missing for good. The caller bounds how many are under way. */
  write(request: ToAsk, spanId: string, alteration: Alteration): Promise<Observation> {
    return this.#ask(request, OTHER_ORIGIN[request.begin.primary], 'shadow', spanId, alteration)
  }

  /** Requests under way, and those that soon will be. */
  get inFlight(): number {
    return this.#allowances.inFlight + this.#waiting
  }

  /** Connections to each backend. */
  get sockets(): Readonly<Record<Origin, number>> {
    return { legacy: this.#upstreams.legacy.sockets(), candidate: this.#upstreams.candidate.sockets() }
  }

  shadow(request: ToAsk, spanId: string): Promise<Observation | Shed> {
    return this.#within(request, OTHER_ORIGIN[request.begin.primary], 'shadow', spanId)
  }

  /** Nothing where it is not wanted, or may not be asked. */
  async control(request: ToAsk, spanId: string): Promise<Observation | undefined> {
    const { begin } = request
    // A write is never asked a second time for the sake of measuring.
    const isWanted = begin.control && begin.primary === 'legacy' && begin.write === undefined
    if (!isWanted) return undefined
    const asked = await this.#within(request, 'legacy', 'control', spanId)
    if (typeof asked !== 'string') return asked
    this.#onShed('control')
    return undefined
  }

  /**
   * Asks both again after a moment, in the other order (NO-2); after a write, when nobody feels it any more (NO-5). Reads only, within the budget of the operation; never where the client's credentials are
   * kept from the second try, because both would then refuse in the same way.
   */
  again(request: ToAsk, isNearWrite: boolean): Promise<Exchange | undefined> {
    const { primary } = request.begin
    return this.#askAgain(request, isNearWrite, [primary, OTHER_ORIGIN[primary]])
  }

  /** Asks legacy twice in the same way: what only legacy differed in has to be there again, too. */
  async itself(request: ToAsk): Promise<Exchange | undefined> {
    const twice = await this.#askAgain(request, false, ['legacy', 'legacy'])
    return twice === undefined ? undefined : { ...twice, shadow: { ...twice.shadow, origin: 'candidate' } }
  }

  async #askAgain(
    request: ToAsk,
    isNearWrite: boolean,
    [primary, other]: readonly [primary: Origin, other: Origin],
  ): Promise<Exchange | undefined> {
    const { operation, headers } = request.begin
    const { confirm, nearWriteMs } = this.#config.mirror
    if (operation === undefined || !isRead(operation.type) || hidesCredential(headers, this.#credentials)) return undefined
    if (!this.#budget.take(operation.key, Date.now())) return undefined
    this.#waiting += 1
    try {
      await pause(Math.max(confirm.delayMs, isNearWrite ? nearWriteMs : 0))
    } finally {
      this.#waiting -= 1
    }
    const asked = [
      this.#within(request, other, other === request.begin.primary ? 'control' : 'shadow'),
      this.#within(request, primary, 'control'),
    ] as const
    const [second, first] = await Promise.all(asked)
    if (typeof first === 'string' || typeof second === 'string') {
      this.#onShed('confirm')
      return undefined
    }
    return isAnswered(first) && isAnswered(second) ? { primary: first, shadow: second } : undefined
  }

  #within(request: ToAsk, origin: Origin, role: Role, spanId?: string): Promise<Observation | Shed> {
    return this.#allowances.within(origin, () => this.#ask(request, origin, role, spanId))
  }

  #target({ operation, target }: Begin, origin: Origin, isCanary: boolean): string {
    const { path } = this.#upstreams[origin]
    if (operation !== undefined && isRest(operation.type)) return target
    return isCanary ? path : graphqlTarget(path, target, this.#config.listen.path)
  }

  #ask(
    { begin, keep }: ToAsk,
    origin: Origin,
    role: Role,
    spanId?: string,
    { own = [], body, isCanary }: Alteration = {},
  ): Promise<Observation> {
    const upstream = this.#upstreams[origin]
    const { trace } = begin
    const traceparent = trace === undefined || spanId === undefined ? undefined : traceparentOf(trace.traceId, spanId, trace.sampled)
    const headers = shadowHeaders(begin.headers, { credentials: this.#credentials, role, own, traceparent })
    return ask({
      upstream,
      origin,
      role,
      method: isCanary === true && begin.operation !== undefined && isRest(begin.operation.type) ? 'OPTIONS' : begin.method,
      target: this.#target(begin, origin, isCanary === true),
      headers: body === undefined ? headers : withLength(headers, body.length),
      body: body ?? (begin.body === undefined ? null : asBuffer(begin.body)),
      maxBytes: this.#config.mirror.maxBodyBytes,
      keep,
      timeoutMs: this.#config.mirror.timeoutMs,
    })
  }
}

/** The same bytes. */
function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
