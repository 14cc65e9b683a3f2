import type { Inbound, Routed } from './inbound.ts'

/** Longer request targets are refused by many servers. */
const MAX_TARGET = 8_000

const OPEN_BRACE = 0x7b

/** What is sent to anybody but legacy as the primary: the request, with the document where it has only its hash. */
export function withAttached({ inbound, identified }: Routed): Inbound {
  const document = identified.kind === 'operation' ? identified.attach : undefined
  return document === undefined ? inbound : withDocument(inbound, document)
}

/**
 * The same request with the document that it names by its hash alone (PD-4, PD-6), for a backend that may not have it yet. Everything else stays as it came. A
 * GET that would grow too long stays as it is altogether: then the backend says that it does not know the document.
 */
function withDocument(inbound: Inbound, document: string): Inbound {
  const { method, target, headers, body } = inbound
  if (method === 'GET') {
    const longer = `${target}&query=${encodeURIComponent(document)}`
    return longer.length > MAX_TARGET ? inbound : { ...inbound, target: longer }
  }
  // A body without an object in it names no hash.
  const start = body?.indexOf(OPEN_BRACE) ?? -1
  if (body === undefined || start === -1) return inbound
  const member = Buffer.from(`"query":${JSON.stringify(document)},`)
  const longer = Buffer.concat([body.subarray(0, start + 1), member, body.subarray(start + 1)])
  return { ...inbound, headers: withLength(headers, longer.length), body: longer }
}

/** The length is announced as before, where it was. */
export function withLength(headers: Inbound['headers'], length: number): Inbound['headers'] {
  return headers.map((value, index) => (index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'content-length' ? String(length) : value))
}
