import { LRUCache } from 'lru-cache'
import type { Inbound } from '../core/exchange/inbound.ts'
import { identify, type IdentifyLimits } from '../core/operation/identify.ts'
import type { Identified } from '../core/operation/operation.ts'
import { readParams, type Profile } from '../core/operation/params.ts'

/** Characters of documents that an edge remembers: far more than real clients have between them. */
const MAX_CHARACTERS = 16_000_000
const MAX_ENTRIES = 10_000

/** Identifies requests, and parses each document once. Wraps the pure function from outside: it only makes it faster. */
export function createIdentity(profile: Profile, limits: IdentifyLimits): (inbound: Inbound) => Identified {
  const known = new LRUCache<string, Identified>({ max: MAX_ENTRIES, maxSize: MAX_CHARACTERS, sizeCalculation: (_, key) => key.length + 1 })
  return ({ method, target, contentType, body }) => {
    const params = readParams({
      method,
      target,
      profile,
      ...(contentType === undefined ? {} : { contentType }),
      ...(body === undefined ? {} : { body }),
    })
    if (typeof params === 'string') return { kind: 'unclassified', reason: params }
    const key = params.operationName === undefined ? params.query : `${params.operationName}\0${params.query}`
    const cached = known.get(key)
    if (cached !== undefined) return cached
    const identified = identify(params, limits)
    known.set(key, identified)
    return identified
  }
}
