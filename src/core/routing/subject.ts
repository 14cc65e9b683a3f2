import type { RawHeaders } from '../exchange/exchange.ts'
import { headerValue } from '../exchange/headers.ts'

/** Where the subject comes from. A claim is read from a bearer JWT without checking its signature: it only chooses a bucket. */
export type SubjectSource = { readonly header: string } | { readonly cookie: string } | { readonly claim: string }

/** Long enough for any id; a longer one is cut, so that it costs no memory. */
const MAX_SUBJECT = 256

/**
 * Prepares the reading of subjects: who percentages are bucketed by. Kept in memory only. Where a request names nobody, its client
 * address stands in, so that it still keeps its side.
 */
export function createSubjectOf(source: SubjectSource | undefined): (headers: RawHeaders, clientAddress: () => string) => string {
  const read = source === undefined ? () => undefined : reader(source)
  return (headers, clientAddress) => {
    const subject = read(headers)
    return subject === undefined || subject === '' ? clientAddress() : subject.slice(0, MAX_SUBJECT)
  }
}

function reader(source: SubjectSource): (headers: RawHeaders) => string | undefined {
  if ('header' in source) {
    const name = source.header.toLowerCase()
    return (headers) => headerValue(headers, name)
  }
  if ('cookie' in source) return (headers) => cookieValue(headers, source.cookie)
  return (headers) => claimOf(headerValue(headers, 'authorization') ?? '', source.claim)
}

/** Looks through every cookie line: a proxy that speaks HTTP/2 may have left them split (RFC 9113 section 8.2.3). */
function cookieValue(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() !== 'cookie') continue
    for (const pair of (headers[i + 1] ?? '').split(';')) {
      const at = pair.indexOf('=')
      if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
    }
  }
  return undefined
}

/** A claim of the payload of a JWT (RFC 7519 section 3). */
function claimOf(authorization: string, claim: string): string | undefined {
  const payload = /^bearer\s+[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization)?.[1]
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const value = typeof claims === 'object' && claims !== null ? Object.getOwnPropertyDescriptor(claims, claim)?.value : undefined
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  } catch {
    return undefined // not a JWT after all
  }
}
