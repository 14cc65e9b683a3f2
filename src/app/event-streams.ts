import type { LoadedConfig } from '../config/loaded.ts'
import { withAttached } from '../core/exchange/attach.ts'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Inbound, Routed } from '../core/exchange/inbound.ts'
import type { Identified } from '../core/operation/operation.ts'
import { streamOperation } from '../core/operation/rest.ts'
import { MAX_TOKEN, namesStream, StreamTokens } from '../core/routing/stream-token.ts'
import type { Origin } from '../core/routing/stage.ts'
import { SealedAnswer } from '../edge/sealed-answer.ts'
import type { EdgeClient } from '../edge/settings.ts'

const LEGACY_STREAM: Identified = { kind: 'unclassified', reason: 'stream' }
const CANDIDATE_STREAM: Identified = { kind: 'unclassified', reason: 'stream', stream: 'candidate' }

/**
 * SSE in single connection mode (graphql-sse protocol): the reservation is an operation with a stage of its own, and all that names its token goes to the backend that gave it, for as
 * long as the stream lives.
 */
export class EventStreams {
  readonly #path: string
  readonly #tokens: StreamTokens
  readonly #operation: ReturnType<typeof streamOperation>
  readonly #isEmergency: () => boolean

  /** @param isEmergency whether nothing at all may go to the candidate; clients then reserve anew, at legacy */
  constructor({ config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>, isEmergency: () => boolean) {
    this.#path = config.listen.path
    this.#operation = streamOperation(this.#path)
    this.#tokens = new StreamTokens(secrets.hashKey)
    this.#isEmergency = isEmergency
  }

  /** A request on the path of GraphQL as the request line is to see it: a PUT without a body reserves a stream. */
  arrived(inbound: Inbound, { stream }: Pick<EdgeClient, 'stream'>): Inbound {
    const isEmpty = inbound.body === undefined && stream === undefined
    const reserves = inbound.method === 'PUT' && isEmpty && inbound.target.split('?', 1)[0] === this.#path
    return reserves ? { ...inbound, operation: this.#operation } : inbound
  }

  /** What names a stream is about no operation of its own, and goes to where the stream is. */
  placed(identified: Identified, inbound: Inbound): Identified {
    if (identified.kind !== 'unclassified') return identified
    if (!this.#isEmergency() && this.#tokens.opened(inbound) !== undefined) return CANDIDATE_STREAM
    return namesStream(inbound) ? LEGACY_STREAM : identified
  }

  /** The request as its primary gets it. */
  readonly toPrimary = (routed: Routed): Inbound => {
    const { inbound, identified, decision } = routed
    if (decision.primary === 'legacy') return inbound
    if (identified.kind === 'unclassified') return this.#tokens.opened(inbound) ?? inbound
    // Its answer is read, and has to be readable.
    return this.#reserves(inbound) ? { ...inbound, headers: withoutCodings(inbound.headers) } : withAttached(routed)
  }

  /** Where the answer of an origin is written to; nothing where that is the client itself. */
  answering({ inbound, decision }: Routed): ((origin: Origin, client: ClientResponse) => ClientResponse) | undefined {
    if (decision.primary === 'legacy' || !this.#reserves(inbound)) return undefined
    const sealing = { seal: (token: string) => this.#tokens.seal(token), maxBytes: MAX_TOKEN }
    return (origin, client) => (origin === 'candidate' ? new SealedAnswer(client, sealing) : client)
  }

  #reserves({ operation }: Inbound): boolean {
    return operation === this.#operation
  }
}

function withoutCodings(lines: Inbound['headers']): Inbound['headers'] {
  return lines.filter((_, index) => lines[index - (index % 2)]?.toLowerCase() !== 'accept-encoding')
}
