import { hash } from 'node:crypto'
import { headerValue } from '../exchange/headers.ts'
import type { Inbound } from '../exchange/inbound.ts'

/** Where clients name their stream (graphql-sse protocol, "single connection mode"): this header, or for an `EventSource` the member `token` of the query string. */
const HEADER = 'x-graphql-event-stream-token'
const MEMBER = /[?&]token=([^&#]*)/

/** Hex digits of a seal, behind a dot. 128 bits: nobody guesses one, and what is left out of the hash keeps it from being extended. */
const DIGITS = 32
const SEALED = new RegExp(`^(.+)\\.([0-9a-f]{${DIGITS}})$`, 's')

/** Longer tokens are nobody's. */
export const MAX_TOKEN = 1_024

/**
 * Tells the streams of the candidate from those of legacy by their tokens: a token that the candidate gave goes to the client with a seal behind it, and comes to the candidate without.
 * So every edge of every replica with the same key knows where a stream is, with nothing to remember or to ask. Without the key nobody can make one, and choose a backend by it.
 */
export class StreamTokens {
  readonly #key: string

  constructor(key: string) {
    this.#key = key
  }

  seal(token: string): string {
    return `${token}.${this.#sealOf(token)}`
  }

  /** The token below a seal of ours; nothing where there is none. */
  open(sealed: string): string | undefined {
    if (sealed.length > MAX_TOKEN + DIGITS + 1) return undefined
    const [, token = '', given = ''] = SEALED.exec(sealed) ?? []
    // Hashed once more, so that the time of a comparison tells nothing of the seal.
    return token !== '' && this.#hash(given) === this.#hash(this.#sealOf(token)) ? token : undefined
  }

  /** The request as the candidate is to get it: with its own token. Nothing where the token is none of the candidate's. */
  opened(inbound: Inbound): Inbound | undefined {
    const { headers, target } = inbound
    const line = headerValue(headers, HEADER)
    if (line !== undefined) {
      const token = this.open(line)
      return token === undefined
        ? undefined
        : { ...inbound, headers: headers.map((text, index) => (isValue(headers, index) ? token : text)) }
    }
    const member = memberOf(target)
    const token = member === undefined ? undefined : this.open(decoded(member))
    if (member === undefined || token === undefined) return undefined
    // Written anew: any of its characters may be an escape, those of the seal as well.
    const plain = (match: string): string => match.slice(0, match.length - member.length) + encodeURIComponent(token)
    return { ...inbound, target: target.replace(MEMBER, plain) }
  }

  #sealOf(token: string): string {
    return this.#hash(`stream\0${token}`).slice(0, DIGITS)
  }

  #hash(text: string): string {
    return hash('sha256', `${this.#key}\0${text}`)
  }
}

/** Whether a request names a stream as GraphQL clients do. */
export function namesStream({ headers }: Pick<Inbound, 'headers'>): boolean {
  return headerValue(headers, HEADER) !== undefined
}

function isValue(lines: Inbound['headers'], index: number): boolean {
  return index % 2 === 1 && lines[index - 1]?.toLowerCase() === HEADER
}

function memberOf(target: string): string | undefined {
  return target.includes('token=') ? MEMBER.exec(target)?.[1] : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return '' // no text of UTF-8
  }
}
