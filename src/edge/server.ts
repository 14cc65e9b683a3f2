import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Inbound } from '../core/exchange/inbound.ts'
import { hasBody, readBody } from './body.ts'

/** Who waits for the answer. `stream` is the body, where it was not read whole. */
export interface EdgeClient {
  readonly response: ServerResponse
  readonly stream?: IncomingMessage
}

export interface EdgeSettings {
  /** Path that clients send GraphQL to. */
  readonly path: string
  /** Largest GraphQL body that is read whole; a larger one streams to legacy, unclassified. */
  readonly maxBodyBytes: number
  /** A GraphQL request: the request line. */
  readonly graphql: (inbound: Inbound, client: EdgeClient) => void
  /** Everything else: passed on untouched. */
  readonly other: (inbound: Inbound, client: EdgeClient) => void
  /** A request to change the protocol of a connection (WebSocket); the socket is no longer HTTP's. */
  readonly upgrade: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void
}

/** Longest wait for the head of a request: a slow sender of headers holds nothing but its own socket. */
const HEADERS_TIMEOUT_MS = 15_000
/** Longest wait for a whole request, body included; long enough for a large upload on a poor line. */
const REQUEST_TIMEOUT_MS = 300_000
/** How often the two above are looked at. */
const TIMEOUT_CHECK_MS = 2_000
/** Above the 60 s of common load balancers in front, so that they close an idle connection first and never race us. */
const KEEP_ALIVE_MS = 65_000
/** Node's default is 16 KB; cookies and tokens of real clients go past it. */
const MAX_HEADER_BYTES = 32_768

/**
 * The data plane's HTTP server. Hono routes; its web objects are left untouched, because they cost several times the whole rest
 * of the path: both handlers work on Node's own request and response.
 */
export function createEdgeServer(settings: EdgeSettings): EdgeServer {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.all(settings.path, (c) => {
    serveGraphQL(settings, c.env.incoming, c.env.outgoing)
    return RESPONSE_ALREADY_SENT
  })
  app.all('*', (c) => {
    serveOther(settings, c.env.incoming, c.env.outgoing)
    return RESPONSE_ALREADY_SENT
  })
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false })
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    (incoming, response) => void listener(incoming, response),
  )
  server.on('upgrade', (incoming, socket, head) => settings.upgrade(incoming, socket as Socket, head))
  return new EdgeServer(server)
}

function serveGraphQL(settings: EdgeSettings, incoming: IncomingMessage, response: ServerResponse): void {
  const inbound = inboundOf(incoming)
  if (!hasBody(incoming)) {
    settings.graphql(inbound, { response })
    return
  }
  // A kind of body that is never read needs no buffer: an upload streams.
  if (!isReadable(inbound.contentType)) {
    settings.graphql(inbound, { response, stream: incoming })
    return
  }
  readBody(incoming, settings.maxBodyBytes, (body) => {
    if (body === undefined) settings.graphql(inbound, { response, stream: incoming })
    else settings.graphql({ ...inbound, body }, { response })
  })
}

function serveOther(settings: EdgeSettings, incoming: IncomingMessage, response: ServerResponse): void {
  settings.other(inboundOf(incoming), hasBody(incoming) ? { response, stream: incoming } : { response })
}

/** Media types whose body may hold a GraphQL document in one piece. */
function isReadable(contentType: string | undefined): boolean {
  return contentType === undefined || /^(application\/(json|graphql|graphql\+json|x-www-form-urlencoded)|text\/plain)\b/i.test(contentType)
}

function inboundOf(incoming: IncomingMessage): Inbound {
  const { headers } = incoming
  const contentType = headers['content-type']
  const { traceparent } = headers
  return {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    headers: incoming.rawHeaders,
    ...(contentType === undefined ? {} : { contentType }),
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    clientAddress: incoming.socket.remoteAddress ?? '',
    at: Date.now(),
  }
}

/** How often connections that fell idle are closed while the server drains. */
const IDLE_CHECK_MS = 50

/** Serves connections that another process accepted: this server itself never listens. */
export class EdgeServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(server: Server) {
    this.#server = server
    // Starts what Node starts when a server begins to listen: header and request timeouts, and the list of idle connections.
    server.emit('listening')
  }

  adopt(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    this.#server.emit('connection', socket)
  }

  /** Lets the requests that are under way finish, and closes what is still open after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    const close = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, graceMs)
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS)
    this.#server.closeIdleConnections()
    await Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => (socket.destroyed ? resolve(undefined) : socket.once('close', resolve)))),
    )
    clearTimeout(close)
    clearInterval(idle)
    this.#server.close()
  }
}
