import { createHash } from 'node:crypto'
import type { Observable } from 'rxjs'
import { fetch as undiciFetch, type Agent } from 'undici'
import { WebSocket as WsWebSocket } from 'ws'

/** Where a client goes, and how: as browsers and Node do, over the transport of the row. */
export interface Way {
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  /** Named in every request that a client lets us add a line to. */
  readonly user: string
  readonly ca: string | undefined
}
export type Use = (way: Way) => Promise<unknown>

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export async function all(values: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for await (const value of values) found.push(value)
  return found
}

/** Everything that something observable brings. */
export function observed(source: Observable<unknown>): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const found: unknown[] = []
    source.subscribe({ next: (value) => void found.push(value), error: reject, complete: () => resolve(found) })
  })
}

export const json = async (answer: Promise<Response>): Promise<unknown> => (await answer).json()
export const text = async (answer: Promise<Response>): Promise<unknown> => {
  const { status, headers } = await answer
  return [status, headers.get('content-type'), await (await answer).text()]
}
export const JSON_TYPE = { 'content-type': 'application/json' }
export const post = ({ url, fetch }: Way, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) })

export const webSocket = ({ ca, user }: Pick<Way, 'ca' | 'user'>) =>
  class extends WsWebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols, { ca, headers: { 'x-user': user } })
    }
  }

/** A fetch as browsers have it, over one transport; every request names the user. */
export function fetchOver(agent: Agent, user: string): typeof globalThis.fetch {
  return (async (input: string | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    headers.set('x-user', user)
    // Another fetch would not know this one's forms.
    const { body } = init
    if (!(body instanceof FormData)) return undiciFetch(input, { ...init, headers: [...headers], dispatcher: agent } as never)
    const written = new Response(body)
    headers.set('content-type', written.headers.get('content-type') ?? '')
    return undiciFetch(input, { ...init, headers: [...headers], body: await written.arrayBuffer(), dispatcher: agent })
  }) as unknown as typeof globalThis.fetch
}
