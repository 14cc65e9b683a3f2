import { LRUCache } from 'lru-cache'
import type { Inbound } from '../core/exchange/inbound.ts'
import { identify } from '../core/operation/identify.ts'
import type { GraphQLParams, Identified, StoredParams } from '../core/operation/operation.ts'
import { readParams } from '../core/operation/params.ts'
import type { Reading } from '../core/operation/profile.ts'
import type { DocumentStore } from './document-store.ts'

/** Characters of documents that an edge remembers: far more than real clients have between them. */
const MAX_CHARACTERS = 16_000_000
const MAX_ENTRIES = 10_000

export interface IdentitySettings {
  readonly reading: Reading
  readonly documents: DocumentStore
}

/** Identifies requests, and parses each document once. Wraps the pure function from outside: it only makes it faster. */
export function createIdentity({ reading, documents }: IdentitySettings): (inbound: Inbound) => Identified {
  const known = new LRUCache<string, Identified>({ max: MAX_ENTRIES, maxSize: MAX_CHARACTERS, sizeCalculation: (_, key) => key.length + 1 })

  const identifyOnce = (params: GraphQLParams): Identified => {
    const key = keyOf(params)
    if (key === undefined) return identify(params)
    const cached = known.get(key)
    if (cached !== undefined) return cached
    const identified = identify(params)
    known.set(key, identified)
    return identified
  }

  const identifyHashed = (params: GraphQLParams, hash: string): Identified => {
    const identified = identifyOnce(params)
    if (identified.kind === 'unclassified') return identified
    // Most servers refuse a hash of something else; one that goes by the hash would run another text.
    return documents.learn(hash, params.query) === 'refused' ? { kind: 'unclassified', reason: 'ambiguous' } : identified
  }

  const identifyStored = ({ stored, ...rest }: StoredParams): Identified => {
    const query = documents.find(stored.id)
    if (query === undefined) return { kind: 'unclassified', reason: 'unknown-document' }
    const identified = identifyOnce({ ...rest, query })
    return identified.kind === 'operation' && stored.isHash ? { ...identified, attach: query } : identified
  }

  return ({ method, target, contentType, body }) => {
    const params = readParams({
      method,
      target,
      reading,
      ...(contentType === undefined ? {} : { contentType }),
      ...(body === undefined ? {} : { body }),
    })
    if (typeof params === 'string') return { kind: 'unclassified', reason: params }
    if ('stored' in params) return identifyStored(params)
    return params.hash === undefined ? identifyOnce(params) : identifyHashed(params, params.hash)
  }
}

const NUL = 0

/**
 * One text for all that a document is identified by; no two requests that differ in it share one, lest one client spoil the answer for others. Nothing
 * where a NUL makes that uncertain: neither a name nor the beginning of a document may hold one.
 */
function keyOf({ query, operationName, isNameDoubtful }: GraphQLParams): string | undefined {
  if (operationName === undefined) return query.charCodeAt(0) === NUL ? undefined : query
  if (operationName.includes('\0')) return undefined
  return `\0${isNameDoubtful === true ? 'doubtful' : 'certain'} ${operationName}\0${query}`
}
