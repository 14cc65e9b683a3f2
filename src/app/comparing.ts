import { createHmac } from 'node:crypto'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { LoadedConfig } from '../config/loaded.ts'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS, type ComparisonInput } from '../core/comparison/compare.ts'
import type { Comparison, Difference } from '../core/comparison/comparison.ts'
import { parseDocument } from '../core/comparison/executed.ts'
import type { Example } from '../core/comparison/group.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import { createRedactor, type ExampleContext } from '../core/comparison/redact.ts'
import type { Exchange } from '../core/exchange/exchange.ts'
import { headerValue } from '../core/exchange/headers.ts'
import { readParams } from '../core/operation/params.ts'
import type { Begin } from '../handover/record.ts'
import { decodeAnswer } from '../upstream/decode.ts'

/** A comparison, and how to make an example of one of its differences while the answers are still at hand. */
export interface Compared {
  readonly comparison: Comparison
  readonly exampleOf: (difference: Difference, context: ExampleContext) => Example
}

/** Parsed documents that the thread remembers. */
const MAX_DOCUMENTS = 2_000
/** A compressed answer may grow this much beyond what is read of it. */
const INFLATION = 16

/** Builds the comparer with its schemas, rules and redaction, and decodes what it compares. */
export function createComparing({
  config,
  schemas,
  rules,
  secrets,
}: LoadedConfig): (begin: Begin, exchange: Exchange) => Promise<Compared> {
  const documents = new LRUCache<string, { readonly document: DocumentNode | undefined }>({ max: MAX_DOCUMENTS })
  const parse = (text: string): DocumentNode | undefined => {
    const known = documents.get(text) ?? { document: parseDocument(text) }
    documents.set(text, known)
    return known.document
  }
  const settings = { schemas: { ...schemaOf('legacy', schemas.legacy), ...schemaOf('candidate', schemas.candidate) }, parse }
  const compare = createComparer({ ...settings, rules, headers: DEFAULT_HEADERS, limits: DEFAULT_LIMITS })
  const redactor = createRedactor({ allow: config.privacy.allow, sign: signer(secrets.hashKey) }, settings)
  const maxBytes = config.mirror.maxBodyBytes * INFLATION

  return async function compareExchange(begin, { primary, shadow }) {
    const [first, second] = await Promise.all([decodeAnswer(primary.answer, maxBytes), decodeAnswer(shadow.answer, maxBytes)])
    const [legacy, candidate] = primary.origin === 'legacy' ? [first, second] : [second, first]
    const operation = begin.operation === undefined ? {} : { operation: begin.operation.key }
    const input: ComparisonInput = { ...requestOf(begin, config), ...operation, region: begin.region, legacy, candidate }
    return { comparison: compare(input), exampleOf: (difference, context) => redactor.example(input, difference, context) }
  }
}

/** Hex digits of a hash that are kept: enough to tell equal values from others within a group. */
const HASH_DIGITS = 8
const DAY_MS = 86_400_000

/** Hashes values under a key that is another one every day: what is equal shows for a day, and nobody can try out values without the key (PI-1). */
function signer(key: string): (text: string, at: number) => string {
  return (text, at) => {
    const ofDay = createHmac('sha256', key)
      .update(String(Math.floor(at / DAY_MS)))
      .digest()
    return createHmac('sha256', ofDay).update(text).digest('hex').slice(0, HASH_DIGITS)
  }
}

function schemaOf(
  origin: 'legacy' | 'candidate',
  sdl: string | undefined,
): { readonly legacy?: GraphQLSchema; readonly candidate?: GraphQLSchema } {
  const read = sdl === undefined ? undefined : readSchema(sdl)
  // A schema that is wrong was refused when the config was loaded.
  return read !== undefined && 'schema' in read ? { [origin]: read.schema } : {}
}

function requestOf(
  { method, target, headers, body }: Begin,
  { backends }: LoadedConfig['config'],
): Pick<ComparisonInput, 'document' | 'operationName' | 'variables'> {
  const contentType = headerValue(headers, 'content-type')
  const params = readParams({
    method,
    target,
    profile: backends.legacy.profile,
    ...(contentType === undefined ? {} : { contentType }),
    ...(body === undefined ? {} : { body }),
  })
  if (typeof params === 'string') return {}
  const { query, operationName, variables } = params
  return { document: query, ...(operationName === undefined ? {} : { operationName }), ...(variables === undefined ? {} : { variables }) }
}
