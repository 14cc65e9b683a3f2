import { randomUUID } from 'node:crypto'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Ending } from '../core/evidence/ending.ts'
import { effectOf, restEffectOf } from '../core/exchange/effect.ts'
import type { Answer, Observation } from '../core/exchange/exchange.ts'
import { idempotencyKey } from '../core/exchange/idempotency.ts'
import { isRest } from '../core/operation/operation.ts'
import { validationBody } from '../core/operation/skipped.ts'
import type { Passed } from '../core/routing/writes.ts'
import type { Ledger } from '../handover/ledger.ts'
import type { Begin } from '../handover/record.ts'
import type { Ended } from '../lines/shadow.ts'
import type { Log } from '../telemetry/log.ts'
import { decodeAnswer } from '../upstream/decode.ts'
import { OTHER_ORIGIN, type Asking, type ToAsk } from './asking.ts'
import type { AskedBy } from './asked-by.ts'
import { INFLATION } from './comparing.ts'
import { Rehearsing } from './rehearsing.ts'
import { Sandbox, SANDBOX_LIMITS } from './sandbox.ts'

/** A mirrored request, with the span id that its shadow sees. */
interface Request extends ToAsk {
  readonly shadowSpanId: string
}

type Mirror = (request: Request, end: Promise<Ended | undefined>) => Promise<Observation | Ending>

/** Asks the shadow in the way that each kind of request wants: queries at once, writes by their policy. */
export class Mirroring {
  readonly #ledger: Ledger
  readonly #sandbox: Sandbox<Request>
  readonly #ways: Readonly<Record<Passed | 'query', Mirror>>

  constructor({ config }: LoadedConfig, { ledger, log, asking, askedBy }: { ledger: Ledger; log: Log; asking: Asking; askedBy: AskedBy }) {
    this.#ledger = ledger
    const name = config.writes.idempotencyHeader
    const instance = randomUUID()
    const maxBytes = config.mirror.maxBodyBytes * INFLATION
    const decode = (answer: Answer) => decodeAnswer(answer, maxBytes)
    const now = (): number => performance.now()
    const sandbox = new Sandbox<Request>({
      ledger,
      ask: (request) => {
        const { begin, shadowSpanId } = request
        const key = idempotencyKey({ ...begin, lane: begin.lane ?? 0, id: `${instance}/${begin.id}` }, name)
        return asking.write(request, shadowSpanId, { own: [name, key] })
      },
      effectOf: async (answer, { begin: { operation, write } }) =>
        operation !== undefined && isRest(operation.type) ? restEffectOf(answer) : effectOf(await decode(answer), write?.roots ?? 0),
      now,
      limits: SANDBOX_LIMITS,
    })
    this.#sandbox = sandbox
    const rehearsing = new Rehearsing({
      settings: config.writes.dryRun,
      ledger,
      log,
      ask: (request, spanId, alteration) => asking.altered(request, spanId, alteration),
      validationOf: (begin) => validationOf(begin, askedBy),
      decode: ({ answer }) => decode(answer),
      now,
    })
    this.#ways = {
      query: async (request) => {
        // What its subject wrote shortly before is to be there.
        if (request.begin.lane !== undefined) await sandbox.after(request.begin.lane)
        return asking.shadow(request, request.shadowSpanId)
      },
      sandbox: (request, end) => {
        const { begin } = request
        return sandbox.pass({ request, lane: begin.lane ?? 0, target: OTHER_ORIGIN[begin.primary], bytes: begin.body?.length ?? 0 }, end)
      },
      'dry-run': (request, end) => rehearsing.dryRun(request, end),
      'validate-only': (request) => rehearsing.validate(request),
    }
  }

  /** Writes that wait for their turn. */
  get waiting(): number {
    return this.#sandbox.waiting
  }

  readonly mirror = (request: Request, end: Promise<Ended | undefined>): Promise<Observation | Ending> =>
    this.#ways[request.begin.write?.mode ?? 'query'](request, end)

  /** A write is missing by now, so that a query of its subject says nothing. What a write itself met is told by its own outcome. */
  readonly hasGap = ({ begin }: Request): boolean =>
    begin.write === undefined && begin.lane !== undefined && this.#ledger.isStopped(begin.lane)

  /** The request is not followed, for want of room. */
  readonly forget = ({ lane, write }: Begin): void => {
    if (write?.mode !== 'sandbox' || lane === undefined) return
    this.#ledger.stop(lane)
    this.#ledger.settle(lane)
  }
}

/** Made from a JSON body whose document is known; every other form is left alone. */
function validationOf(begin: Begin, askedBy: AskedBy): Buffer | undefined {
  const [asked] = askedBy(begin)
  return begin.body === undefined || asked?.document === undefined ? undefined : validationBody(begin.body, asked.document)
}
