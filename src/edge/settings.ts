import type { Socket } from 'node:net'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { RawHeaders } from '../core/exchange/exchange.ts'
import type { ForwardedPolicy } from '../core/exchange/forwarded.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import type { HeadLimits, RefusalReason } from '../core/exchange/refusal.ts'
import type { Route } from '../core/routing/route-table.ts'
import type { TlsSettings } from './tls-door.ts'
import type { Upload } from './upload.ts'

/** Who waits for the answer. `stream` is the body, where it was not read whole. */
export interface EdgeClient {
  readonly response: ClientResponse
  readonly stream?: Upload
  /** What came behind the body, where that was read whole. */
  readonly trailers?: RawHeaders
  /** The client waits for leave to send its body (`Expect: 100-continue`): gives it. */
  readonly proceed?: () => void
  /** The connection, where the client asks to speak WebSocket on it, and what it sent behind the request. */
  readonly upgrade?: { readonly socket: Socket; readonly head: Buffer; readonly detach: () => void }
}

/** What one client may cost. Bytes are of one request, times are in milliseconds. */
export interface EdgeLimits extends HeadLimits {
  /** Open connections of one edge. */
  readonly connections: number
  /** Request line and header lines together. */
  readonly headerBytes: number
  /** Longest wait for the head of a request. */
  readonly headersMs: number
  /** Longest wait for a body that is read whole before a backend is asked. */
  readonly bodyMs: number
  /** Longest wait for a whole request; long enough for a large upload on a poor line. */
  readonly requestMs: number
  /** Longest wait for a client that takes nothing of its answer. */
  readonly readMs: number
  /** How long a connection may be idle between two requests. */
  readonly idleMs: number
}

export interface EdgeSettings {
  /** Path that clients send GraphQL to. */
  readonly path: string
  /** Whether a target below that path names a stored document: such requests are GraphQL too. */
  readonly namesDocument: (target: string) => boolean
  /** Largest GraphQL body that is read whole; a larger one streams to legacy, unclassified. */
  readonly maxBodyBytes: number
  /** Both backends take uploads: it is worth knowing what they run. */
  readonly readsUploads: boolean
  readonly limits: EdgeLimits
  /** Clients speak TLS. */
  readonly tls?: TlsSettings
  /** Whether an address is one of the operator's own proxies. */
  readonly isTrusted: (address: string) => boolean
  readonly forwarded: ForwardedPolicy
  /** A GraphQL request: the request line. */
  readonly graphql: (inbound: Inbound, client: EdgeClient) => void
  /** What the route table makes of a request that is not GraphQL. Answers at once, from memory. */
  readonly routeOf: (inbound: Inbound, hasBody: boolean) => Route | undefined
  /** A REST operation, which is `inbound.operation`: the request line. */
  readonly rest: (inbound: Inbound, client: EdgeClient) => void
  /** Everything else: passed on untouched. */
  readonly other: (inbound: Inbound, client: EdgeClient, route: Route | undefined) => void
  /** A request to speak WebSocket on any path. */
  readonly upgrade: (inbound: Inbound, client: EdgeClient) => void
  /** Whether new clients are turned away, because those who are here are served late. */
  readonly isOverwhelmed: () => boolean
  /** A client was turned away. */
  readonly onRefused: (reason: RefusalReason) => void
}
