import { randomBytes } from 'node:crypto'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Ending } from '../core/evidence/ending.ts'
import type { Shed } from '../core/exchange/bound.ts'
import { hasData } from '../core/exchange/effect.ts'
import { isAnswered, type Answered, type Observation, type RawHeaders } from '../core/exchange/exchange.ts'
import { headerValue } from '../core/exchange/headers.ts'
import { isRest } from '../core/operation/operation.ts'
import type { Rehearsal } from '../core/routing/writes.ts'
import type { Begin } from '../handover/record.ts'
import type { Ledger } from '../handover/ledger.ts'
import type { Ended } from '../lines/shadow.ts'
import type { Log } from '../telemetry/log.ts'
import type { Alteration, ToAsk } from './asking.ts'

/** How long an acknowledged canary is good for: a build that does not know the header may have come since. */
const PROOF_MS = 30_000
/** And how soon another is tried where it was not. */
const RETRY_MS = 5_000
/** A mutation that no server does anything for. A REST operation is asked about with OPTIONS, which is safe by its definition (RFC 9110 section 9.2.1). */
export const CANARY = '{"query":"mutation BanyanCanary { __typename }"}'
/** What the candidate says when it rolled back, with the value that it was sent. */
export const ROLLED_BACK = 'rolled-back'

export interface RehearsingDeps {
  readonly settings: LoadedConfig['config']['writes']['dryRun']
  readonly ledger: Pick<Ledger, 'halt' | 'isHalted'>
  readonly log: Log
  /** Asks the shadow, or says what keeps it from being asked. Never rejects. */
  readonly ask: (request: ToAsk, spanId: string | undefined, alteration: Alteration) => Promise<Observation | Shed>
  /** The body that asks for the validation of a request alone; nothing where it cannot be made. */
  readonly validationOf: (begin: Begin) => Buffer | undefined
  /** The answer without content codings. */
  readonly decode: (observation: Answered) => Promise<{ readonly body: Uint8Array }>
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

/** A write to be rehearsed, with the span id that the candidate sees. */
interface Rehearsed extends ToAsk {
  readonly shadowSpanId: string
}

interface Proof {
  /** Or the canary was shed. */
  readonly holds: Promise<boolean | Shed>
  /** Asked again from then on. */
  readonly until: number
}

/**
 * Rehearses writes at the candidate, which is to leave nothing behind, and watches whether it keeps its word. As soon as it does not, no write is rehearsed any more until
 * Banyan is started again: whoever runs it has to look first.
 */
export class Rehearsing {
  readonly #deps: RehearsingDeps
  /** By what honours the header or does not: the endpoint of GraphQL, or one REST operation. */
  readonly #proofs = new Map<string, Proof>()
  readonly #wasProven = new Map<string, boolean>()

  constructor(deps: RehearsingDeps) {
    this.#deps = deps
  }

  /** Asks for the write to be done and rolled back. Not before the candidate acknowledged the header for a mutation that does nothing. */
  async dryRun(request: Rehearsed, end: Promise<Ended | undefined>): Promise<Observation | Ending> {
    const { settings, ledger, ask } = this.#deps
    if (settings.when === 'after') {
      const served = await end
      if (served === undefined) return 'shed:bytes'
      if (served.primary.outcome === 'failed') return served.primary.failure === 'over-cap' ? 'over-cap' : 'primary-failed'
    }
    if (ledger.isHalted('dry-run')) return 'halted'
    const proven = await this.#isProven(request)
    if (typeof proven === 'string') return proven
    if (!proven) return 'halted'
    const own = this.#header()
    const observation = await ask(request, request.shadowSpanId, { own })
    if (!isAnswered(observation) || isAcknowledged(observation, own)) return observation
    // A gateway's 503 is no word of the candidate's; whoever gave it, the next write waits for another canary.
    this.#proofs.delete(honouring(request.begin))
    if (observation.answer.status >= 500) return 'shadow-failed'
    this.#halt('dry-run', request.begin, `answered a dry run without ${own[0]}: ${ROLLED_BACK}`)
    return 'executed'
  }

  /** Asks for the document to be read and validated, with everything in it skipped. */
  async validate(request: Rehearsed): Promise<Observation | Ending> {
    const { ledger, ask, validationOf, decode } = this.#deps
    if (ledger.isHalted('validate-only')) return 'halted'
    const body = validationOf(request.begin)
    if (body === undefined) return 'unmirrorable'
    const observation = await ask(request, request.shadowSpanId, { body })
    if (!isAnswered(observation) || !hasData(await decode(observation))) return observation
    this.#halt('validate-only', request.begin, 'ran fields that were skipped')
    return 'executed'
  }

  #isProven(request: ToAsk): Promise<boolean | Shed> {
    const now = this.#deps.now()
    const who = honouring(request.begin)
    const known = this.#proofs.get(who)
    if (known !== undefined && now < known.until) return known.holds
    const holds = this.#canary(request, who, now)
    this.#proofs.set(who, { holds, until: now + PROOF_MS })
    return holds
  }

  async #canary(request: ToAsk, who: string, now: number): Promise<boolean | Shed> {
    const { log, ask } = this.#deps
    const own = this.#header()
    const body = Buffer.from(who === ENDPOINT ? CANARY : '')
    const observation = await ask(request, undefined, { own, body, isCanary: true })
    if (typeof observation === 'string') {
      // Nobody was asked: the next write tries again.
      this.#proofs.delete(who)
      return observation
    }
    const isProven = isAnswered(observation) && isAcknowledged(observation, own)
    if (isProven !== this.#wasProven.get(who)) {
      const said = { header: own[0], of: who, expected: `${ROLLED_BACK} <the value that it was sent>` }
      if (isProven) log.info(said, 'the candidate acknowledges dry runs')
      else log.error(said, 'the candidate does not acknowledge dry runs: none is sent until it does')
    }
    this.#wasProven.set(who, isProven)
    if (!isProven) this.#proofs.set(who, { holds: Promise.resolve(false), until: now + RETRY_MS })
    return isProven
  }

  #header(): readonly [name: string, value: string] {
    return [this.#deps.settings.header, randomBytes(8).toString('hex')]
  }

  #halt(rehearsal: Rehearsal, { operation }: Begin, why: string): void {
    this.#deps.ledger.halt(rehearsal)
    this.#deps.log.error(
      { operation: operation?.key },
      `the candidate ${why}: it may have done the write. No write is rehearsed as ${rehearsal} until Banyan is started again`,
    )
  }
}

const ENDPOINT = 'graphql'

/** Who has to honour the header for a request: one route of a candidate may, and the next may not. */
function honouring({ operation }: Begin): string {
  return operation !== undefined && isRest(operation.type) ? operation.key : ENDPOINT
}

/** The value that was sent has to be in it, so that no proxy can say it for the candidate. */
function isAcknowledged({ answer }: Answered, [name = '', value = '']: RawHeaders): boolean {
  return headerValue(answer.headers, name.toLowerCase()) === `${ROLLED_BACK} ${value}`
}
