import type { RawHeaders } from './exchange.ts'
import { isForwarding } from './forwarding-lines.ts'
import { headerValue } from './headers.ts'

/** `keep`: what a trusted proxy says passes as it is. `append`: Banyan adds the address that it sees, as one more proxy. */
export type ForwardedPolicy = 'keep' | 'append'

/** Who is at the other end of a connection. */
export interface Peer {
  readonly address: string
  /** A proxy of the operator's, whose word about its clients is taken. */
  readonly trusted: boolean
  /** What was spoken on the connection; http where nothing is said. */
  readonly scheme?: 'http' | 'https'
}

const FOR = 'x-forwarded-for'
const FORWARDED = 'forwarded'
/** Addresses that are looked at, from the right: nobody has more proxies, and a longer list is somebody's joke. */
const MAX_HOPS = 32

/**
 * The lines of a request with what they say about the client made true: from anybody but a trusted proxy they are removed, and the address
 * that Banyan sees is put in their place. The same array where nothing has to change.
 */
export function forwardedLines(raw: RawHeaders, { address, trusted, scheme = 'http' }: Peer, policy: ForwardedPolicy): RawHeaders {
  if (trusted) return policy === 'keep' ? raw : appended(raw, address, scheme)
  const lines: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!isForwarding(raw[i] ?? '')) lines.push(raw[i] ?? '', raw[i + 1] ?? '')
  }
  // None of them has said anything else by now.
  const host = headerValue(lines, 'host')
  lines.push('X-Forwarded-For', address, 'X-Forwarded-Proto', scheme)
  if (host !== undefined) lines.push('X-Forwarded-Host', host)
  return lines
}

/** The client's address: the last one in the list that is not a trusted proxy's; the peer's own where there is no such list. */
export function clientAddress(raw: RawHeaders, { address, trusted }: Peer, isTrusted: (address: string) => boolean): string {
  // Most requests come without such a list: their address costs no array.
  if (!trusted || headerValue(raw, FOR) === undefined) return address
  const lists = raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === FOR)
  const hops = lists.join(',').split(',').slice(-MAX_HOPS)
  for (const hop of hops.toReversed()) {
    const named = plainAddress(hop)
    if (named === '') return address
    if (!isTrusted(named)) return named
  }
  return address
}

/** Without port and brackets, and IPv4 as itself where a socket shows it within IPv6. */
export function plainAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  return bare.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** As one more proxy does: in the list that everybody writes, and in the one of RFC 7239 where a proxy before us wrote it. */
function appended(raw: RawHeaders, address: string, scheme: string): RawHeaders {
  const lines = [...raw]
  if (!append(lines, FOR, address)) lines.push('X-Forwarded-For', address)
  append(lines, FORWARDED, `for=${address.includes(':') ? `"[${address}]"` : address}`)
  return [...lines, ...described(raw, scheme)]
}

/** Puts one more at the end of a list that may come in several lines; `false` where there is none. */
function append(lines: string[], name: string, element: string): boolean {
  const at = lines.findLastIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name)
  if (at !== -1) lines[at + 1] = `${lines[at + 1] ?? ''}, ${element}`
  return at !== -1
}

/** How the client asked, where nobody said so before: a backend makes its links from it. */
function described(raw: RawHeaders, scheme: string): string[] {
  const host = headerValue(raw, 'host')
  const said = (name: string): boolean => headerValue(raw, name) !== undefined
  return [
    ...(said('x-forwarded-proto') ? [] : ['X-Forwarded-Proto', scheme]),
    ...(said('x-forwarded-host') || host === undefined ? [] : ['X-Forwarded-Host', host]),
  ]
}
