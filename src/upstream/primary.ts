import { STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { RawHeaders } from '../core/exchange/exchange.ts'
import { failureAnswer } from '../core/exchange/failure-answer.ts'
import type { FallbackCause, Inbound, Served } from '../core/exchange/inbound.ts'
import type { RefusalReason } from '../core/exchange/refusal.ts'
import type { Decision, Fallback } from '../core/routing/decide.ts'
import type { Origin } from '../core/routing/stage.ts'
import { forward } from './forward.ts'
import type { Forwarded } from './forwarding.ts'
import type { OriginBody } from './origin-request.ts'
import type { Upstream } from './pool.ts'
import { graphqlTarget } from './target.ts'
import type { Upgrading } from './upgrade.ts'

/** Who waits for the answer, and the part of the request that was not read. */
export interface Client {
  readonly response: ClientResponse
  /** The body as a stream, where it was not read whole. */
  readonly stream?: OriginBody
  /** What came behind a body that was read whole. */
  readonly trailers?: RawHeaders
  /** Gives the client leave to send the stream. */
  readonly proceed?: () => void
  readonly upgrade?: Upgrading
}

export interface PrimarySettings {
  /** Where clients send GraphQL. */
  readonly path: string
  readonly upstreams: Readonly<Record<Origin, Upstream>>
  readonly requestHeaders: (raw: RawHeaders, traceparent: string | undefined) => RawHeaders
  readonly answerHeaders: (raw: RawHeaders) => RawHeaders
  /** Most bytes of an answer that are kept for the comparison. */
  readonly maxBodyBytes: number
  /** Whether legacy may be asked in the candidate's place once more; `true` counts as done. */
  readonly mayRetry: () => boolean
  /** A client was turned away before any backend was asked. */
  readonly onRefused: (reason: RefusalReason) => void
}

export interface PrimaryOptions {
  readonly graphql: boolean
  readonly traceparent?: string | undefined
  /** For legacy in the candidate's place: one span is one request. */
  readonly fallbackTraceparent?: string | undefined
  /** Where the answer of an origin is written to, where that is not the client itself. */
  readonly answering?: ((origin: Origin, client: ClientResponse) => ClientResponse) | undefined
}

export type Primary = (
  inbound: Inbound,
  decision: Pick<Decision, 'primary' | 'shadow' | 'fallback'>,
  client: Client,
  options: PrimaryOptions,
  done: (served: Served) => void,
) => void

/** Prepares the primary's half of an exchange: forward, fall back where the decision allows it, say so where nobody answers. */
export function createPrimary(settings: PrimarySettings): Primary {
  return function askPrimary(inbound, decision, client, { graphql, traceparent, fallbackTraceparent, answering }, done) {
    const held = inbound.body === undefined ? null : asBuffer(inbound.body)

    const ask = (origin: Origin, fallback: Fallback | undefined, before: Pick<Served, 'fallbackFrom' | 'tried'> | undefined): void => {
      const upstream = settings.upstreams[origin]
      let refusal: FallbackCause | undefined
      const acceptable = (status: number, contentType: string): boolean => {
        // A client that has the answer already gets no body, and so no media type (RFC 9110 section 15.4.5).
        const isUsable = !graphql || status === NOT_MODIFIED || isGraphQLAnswer(contentType)
        const wrong = status >= 500 ? '5xx' : isUsable ? undefined : 'not-json'
        // With nobody left to ask, what the candidate says is better than nothing.
        refusal = wrong !== undefined && settings.mayRetry() ? wrong : undefined
        return refusal === undefined
      }
      const forwarding = {
        upstream,
        origin,
        method: inbound.method,
        target: graphql ? graphqlTarget(upstream.path, inbound.target, settings.path) : inbound.target,
        headers: settings.requestHeaders(inbound.headers, before === undefined ? traceparent : fallbackTraceparent),
        body: client.stream ?? (held === null || client.trailers === undefined ? held : withTrailers(held, client.trailers)),
        keep: decision.shadow === undefined ? 0 : settings.maxBodyBytes,
        answerHeaders: settings.answerHeaders,
        acceptable: fallback === 'failed' ? acceptable : undefined,
        upgrade: client.upgrade,
        proceed: client.proceed,
      }
      forward(forwarding, answering?.(origin, client.response) ?? client.response, ({ observation, served, kept, unsent }: Forwarded) => {
        const failed = observation.outcome === 'failed' && !served && observation.failure !== 'aborted' ? observation : undefined
        const hasWayBack =
          failed !== undefined && (fallback === 'failed' || (fallback === 'unsent' && unsent && isUntouched(client.stream)))
        if (hasWayBack && (refusal !== undefined || settings.mayRetry())) {
          ask('legacy', undefined, { fallbackFrom: refusal ?? failed.failure, tried: failed })
          return
        }
        if (failed?.failure === 'queue') settings.onRefused('queue')
        if (failed !== undefined) answerFailure(client.response, failureAnswer(origin, failed.failure, graphql))
        done({ primary: observation, kept, fallbackFrom: before?.fallbackFrom, tried: before?.tried })
      })
    }
    // A body that streams can be sent once only, whatever the request is.
    const isOnce = client.stream !== undefined && decision.fallback !== undefined
    ask(decision.primary, isOnce ? 'unsent' : decision.fallback, undefined)
  }
}

/** Nobody has read of it yet, or given it up. */
function isUntouched(stream: OriginBody | undefined): boolean {
  return stream === undefined || !(stream.readableDidRead || stream.destroyed)
}

function answerFailure(response: ClientResponse, { status, headers, body }: ReturnType<typeof failureAnswer>): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, STATUS_CODES[status] ?? '', [...headers, 'content-length', String(Buffer.byteLength(body))])
  response.end(body)
}

const NOT_MODIFIED = 304

/** Both media types of a GraphQL answer, and the forms that stream. */
function isGraphQLAnswer(contentType: string): boolean {
  return /^(application\/(graphql-response\+)?json|text\/event-stream|multipart\/mixed)\b/i.test(contentType)
}

function withTrailers(body: Buffer, trailers: RawHeaders): OriginBody {
  return Object.assign(Readable.from([body]), { trailerLines: trailers })
}

function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
