import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { withoutExpectation } from '../core/exchange/headers.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import type { PlainHead } from '../core/exchange/plain-head.ts'
import { requestTrailers } from '../core/exchange/trailers.ts'
import { opensWebSocket, originForm, refusalOf } from '../core/exchange/refusal.ts'
import { boundaryOf } from '../core/operation/upload.ts'
import { hasBody, readBody } from './body.ts'
import type { Caller } from './caller.ts'
import type { ClientRequest } from './client-request.ts'
import { EdgeServer } from './edge-server.ts'
import type { H2Caller } from './h2-caller.ts'
import type { H2Request } from './h2-request.ts'
import { headOf, NO_TUNNELS, refusalOfStream, TOO_LARGE, TOO_MANY } from './head-refusal.ts'
import { inboundOf, isReadable } from './inbound.ts'
import { malformed } from './malformed.ts'
import { NodeAnswer } from './node-answer.ts'
import type { EdgeClient, EdgeSettings } from './settings.ts'
import { Upload } from './upload.ts'
import { readUploadStart } from './upload-start.ts'

/** One request on its way to the handler of its path. */
interface Arrival {
  readonly connection: Caller
  readonly incoming: ClientRequest
  readonly client: EdgeClient
  /** Target in origin form. */
  readonly target: string
}

type Serve = (arrival: Arrival) => void

/** How often the clients that are too slow are looked for. */
const CHECK_MS = 1_000

/**
 * The data plane's HTTP server. Hono's router chooses by the target as it was sent; its web objects stay out of this path, because they rewrite
 * targets, refuse what backends take, and cost several times the whole rest.
 */
export function createEdgeServer(settings: EdgeSettings): EdgeServer {
  const { limits } = settings
  const server = createServer({
    ServerResponse: NodeAnswer,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: limits.idleMs,
    maxHeaderSize: limits.headerBytes,
    noDelay: true,
    // Nor by a flag of Node's, which its environment may name.
    insecureHTTPParser: false,
    // Asked for below, where it is counted.
    requireHostHeader: false,
    // On a connection that owes an answer there is none to be had; an upgrade may be ignored (RFC 9110 section 7.8).
    shouldUpgradeCallback: (incoming) => edge.connection(incoming.socket)?.owes === false && opensWebSocket(headOf(incoming)),
  })
  // Their size is bounded; a bound on their number would take lines away without a word.
  server.maxHeadersCount = 0
  const edge = new EdgeServer(server, settings, CHECK_MS, {
    onStream: ({ caller, request }) => arriveOnStream(caller, request),
    serve: (connection, incoming, response) => route({ connection, incoming, client: { response }, target: incoming.url }),
    waitsForBody: (head) => isReadWhole(head, settings),
  })
  const route = createRoutes(settings, edge)
  const arriveOnStream = (caller: H2Caller, incoming: H2Request): void => {
    const response = caller.answer
    const refusal = refusalOfStream(incoming, limits)
    if (refusal !== undefined) {
      edge.refuse(caller, response, refusal)
      return
    }
    const waits = incoming.headers.expect?.toLowerCase() === '100-continue'
    const client = waits ? { response, proceed: () => response.writeInformation(100, []) } : { response }
    route({ connection: caller, incoming, client, target: originForm(incoming.url, incoming.method) })
  }
  const arrive = (incoming: IncomingMessage, response: ServerResponse, client: EdgeClient): void => {
    const connection = edge.connection(incoming.socket)
    // Node goes on parsing what is pipelined behind a refused request.
    if (connection === undefined || connection.refused) return
    const refusal = connection.crowded ? TOO_MANY : refusalOf(headOf(incoming), limits)
    if (refusal !== undefined) {
      edge.refuse(connection, response, refusal)
      return
    }
    if (edge.draining) response.shouldKeepAlive = false
    const { url = '/', method = 'GET' } = incoming
    connection.inTurn(response, () => route({ connection, incoming, client, target: originForm(url, method) }))
  }
  server.on('request', (incoming, response) => arrive(incoming, response, { response }))
  server.on('checkContinue', (incoming, response) => arrive(incoming, response, { response, proceed: () => response.writeContinue() }))
  // Whether it can be met is the backend's to say.
  server.on('checkExpectation', (incoming, response) => arrive(incoming, response, { response }))
  server.on('upgrade', (incoming, stream, head) => {
    const socket = stream as Socket // connections of ours are all of TCP
    const response = edge.answerTo(incoming, socket)
    arrive(incoming, response, { response, upgrade: { socket, head, detach: () => response.detachSocket(socket) } })
  })
  server.on('connect', (_incoming, stream) => {
    // Node listens no more.
    stream.on('error', () => {})
    edge.refuseBytes(stream as Socket, NO_TUNNELS)
  })
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket
    edge.refuseBytes(socket, malformed(error, edge.connection(socket)))
  })
  return edge
}

/** Whether no backend is asked before the body is there: that of GraphQL which may hold a document. */
function isReadWhole({ target, contentType, contentLength }: PlainHead, { path, namesDocument, maxBodyBytes }: EdgeSettings): boolean {
  const isGraphQL = pathOf(target) === path || namesDocument(target)
  return isGraphQL && isReadable(contentType) && Number(contentLength) <= maxBodyBytes
}

function createRoutes(settings: EdgeSettings, edge: EdgeServer): Serve {
  const router = new SmartRouter<Serve>({ routers: [new RegExpRouter(), new TrieRouter()] })
  const other: Serve = (arrival) => serveOther(arrival, settings, edge)
  router.add('ALL', settings.path, (arrival) => serveGraphQL(arrival, settings, edge))
  router.add('ALL', '*', other)
  return (arrival) => {
    if (arrival.client.upgrade !== undefined) {
      settings.upgrade(inboundOf(arrival, settings), arrival.client)
      return
    }
    const [serve = other] = router.match(arrival.incoming.method ?? 'GET', pathOf(arrival.target))[0][0] ?? []
    serve(arrival)
  }
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

function serveGraphQL(arrival: Arrival, settings: EdgeSettings, edge: EdgeServer): void {
  const { connection, incoming } = arrival
  const inbound = inboundOf(arrival, settings)
  const boundary = settings.readsUploads && hasBody(incoming) ? boundaryOf(inbound.contentType ?? '') : undefined
  if (boundary !== undefined) {
    const told = toldToSend(arrival, inbound)
    connection.bodyDue = performance.now() + settings.limits.bodyMs
    readUploadStart(incoming, boundary, ({ operations, body }) => {
      connection.bodyDue = Number.POSITIVE_INFINITY
      if (connection.refused) return
      if (body !== undefined && body.length > settings.limits.bodyBytes) {
        refuseRest(arrival, edge)
        return
      }
      const read = { ...told.inbound, ...(operations === undefined ? {} : { operations }), ...(body === undefined ? {} : { body }) }
      settings.graphql(read, body === undefined ? withBody({ ...arrival, client: told.client }, settings, edge) : told.client)
    })
    return
  }
  // A kind of body that is never read needs no buffer: an upload streams.
  if (!hasBody(incoming) || !isReadable(inbound.contentType)) {
    settings.graphql(inbound, withBody(arrival, settings, edge))
    return
  }
  readWhole(arrival, inbound, settings, edge, settings.graphql)
}

/** Reads a body of the size that is held, and hands it on; a larger one as a stream. */
function readWhole(arrival: Arrival, inbound: Inbound, settings: EdgeSettings, edge: EdgeServer, serve: EdgeSettings['graphql']): void {
  const { connection, incoming } = arrival
  const { limits, maxBodyBytes } = settings
  const told = toldToSend(arrival, inbound)
  connection.bodyDue = performance.now() + limits.bodyMs
  readBody(incoming, Math.min(maxBodyBytes, limits.bodyBytes), (body) => {
    connection.bodyDue = Number.POSITIVE_INFINITY
    if (connection.refused) return
    // Its length was not announced: it would have been refused before.
    if (body === undefined && limits.bodyBytes < maxBodyBytes) refuseRest(arrival, edge)
    else if (body === undefined) serve({ ...told.inbound, streams: true }, withBody({ ...arrival, client: told.client }, settings, edge))
    else serve({ ...told.inbound, body }, withTrailers(told.client, incoming))
  })
}

/** More came than may. What is still to come is read and thrown away, so that the client gets the answer. */
function refuseRest({ connection, incoming, client }: Arrival, edge: EdgeServer): void {
  edge.refuse(connection, client.response, TOO_LARGE)
  incoming.resume()
}

/** A client whose body is read before a backend is asked gets leave to send it from us, if it waits for that; no backend is asked again. */
function toldToSend({ client }: Arrival, inbound: Inbound): { readonly client: EdgeClient; readonly inbound: Inbound } {
  const { proceed, ...told } = client
  if (proceed === undefined) return { client, inbound }
  proceed()
  return { client: told, inbound: { ...inbound, headers: withoutExpectation(inbound.headers) } }
}

/** The client with what came behind its body, which hardly ever is anything. */
function withTrailers(client: EdgeClient, { rawTrailers }: ClientRequest): EdgeClient {
  return rawTrailers.length === 0 ? client : { ...client, trailers: requestTrailers(rawTrailers) }
}

function serveOther(arrival: Arrival, settings: EdgeSettings, edge: EdgeServer): void {
  const { incoming, target } = arrival
  if (settings.namesDocument(target)) {
    serveGraphQL(arrival, settings, edge)
    return
  }
  const inbound = inboundOf(arrival, settings)
  const route = settings.routeOf(inbound, hasBody(incoming))
  if (route?.kind !== 'operation') {
    settings.other(inbound, withBody(arrival, settings, edge), route)
    return
  }
  const known = { ...inbound, operation: route.operation }
  if (isHeld(incoming, settings)) readWhole(arrival, known, settings, edge, settings.rest)
  else settings.rest(hasBody(incoming) ? { ...known, streams: true } : known, withBody(arrival, settings, edge))
}

/**
 * A body that is there at once, as those of webhooks are, is read before a backend is asked, so that it can be sent again where the first one is not there.
 * All others stream: large ones, those of unknown length, and those that a client offers only (`Expect`).
 */
function isHeld({ headers }: ClientRequest, { maxBodyBytes }: EdgeSettings): boolean {
  const length = Number(headers['content-length'] ?? 0)
  return length > 0 && length <= maxBodyBytes && headers.expect === undefined
}

/** The client with its body, if it sends one, as a stream. */
function withBody({ connection, incoming, client }: Arrival, { limits }: EdgeSettings, edge: EdgeServer): EdgeClient {
  if (!hasBody(incoming)) return client
  const onExcess = (): void => edge.refuse(connection, client.response, TOO_LARGE)
  // A connection of HTTP/2 is read whoever of its streams waits.
  const readAhead = incoming.httpVersion.startsWith('1') ? edge.readAhead : undefined
  return { ...client, stream: new Upload(incoming, { onExcess, maxBytes: limits.bodyBytes, readAhead }) }
}
