import { forwardedLines, type Peer } from '../core/exchange/forwarded.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import type { ClientRequest } from './client-request.ts'
import type { EdgeSettings } from './settings.ts'

/** Media types whose body may hold a GraphQL document in one piece. */
export function isReadable(contentType: string | undefined): boolean {
  return contentType === undefined || /^(application\/(json|graphql|graphql\+json|x-www-form-urlencoded)|text\/plain)\b/i.test(contentType)
}

/** A request as the rest of the house sees it, without its body. */
export function inboundOf(
  {
    incoming,
    target,
    connection,
  }: { readonly incoming: ClientRequest; readonly target: string; readonly connection: { readonly peer: Peer } },
  { forwarded }: Pick<EdgeSettings, 'forwarded'>,
): Inbound {
  const { headers } = incoming
  const { traceparent } = headers
  return {
    method: incoming.method ?? 'GET',
    target,
    headers: forwardedLines(incoming.rawHeaders, connection.peer, forwarded),
    contentType: headers['content-type'],
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    body: undefined,
    streams: undefined,
    operations: undefined,
    operation: undefined,
    peer: connection.peer,
    at: Date.now(),
  }
}
