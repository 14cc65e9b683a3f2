import { createHmac } from 'node:crypto'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { LoadedConfig } from '../config/loaded.ts'
import { withoutAccepted } from '../core/comparison/acceptance.ts'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS, type ComparisonInput } from '../core/comparison/compare.ts'
import type { Comparison, Difference } from '../core/comparison/comparison.ts'
import { parseDocument } from '../core/comparison/executed.ts'
import type { Example } from '../core/comparison/group.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import { createRedactor, type ExampleContext } from '../core/comparison/redact.ts'
import { entriesOf } from '../core/comparison/batch.ts'
import type { Answer, Exchange } from '../core/exchange/exchange.ts'
import { oneTimeProof } from '../core/exchange/credentials.ts'
import { headerValue } from '../core/exchange/headers.ts'
import { isRest, partsOf } from '../core/operation/operation.ts'
import { readParams } from '../core/operation/params.ts'
import { restOperation } from '../core/operation/rest.ts'
import { createSubjectOf } from '../core/routing/subject.ts'
import type { Reading } from '../core/operation/profile.ts'
import { readingOf } from './reading.ts'
import type { Begin, HandedOperation } from '../handover/record.ts'
import { decodeAnswer } from '../upstream/decode.ts'
import { DocumentStore } from './document-store.ts'
import type { Judging, RulesInForce } from './rules-in-force.ts'

/** A comparison, and how to make an example of one of its differences while the answers are still at hand. */
export interface Compared {
  readonly comparison: Comparison
  /** Of the rules that it was judged by. */
  readonly ruleVersion: string
  readonly exampleOf: (difference: Difference, context: ExampleContext) => Example
  /** Of a batch: one for each operation, by position. */
  readonly entries?: readonly Compared[]
}

type Asked = Pick<ComparisonInput, 'operation' | 'document' | 'operationName' | 'variables' | 'rest'>

const WORST: readonly Comparison['verdict'][] = ['mismatch', 'inconclusive', 'match']

/** Parsed documents that the thread remembers. */
const MAX_DOCUMENTS = 2_000
/** A compressed answer may grow this much beyond what is read of it. */
const INFLATION = 16

/** Builds the comparer with its schemas, rules and redaction, and decodes what it compares. */
export function createComparing(
  loaded: LoadedConfig,
  inForce: RulesInForce,
  reveals: () => readonly Reveal[],
): (begin: Begin, exchange: Exchange) => Promise<Compared> {
  const { config, schemas, secrets } = loaded
  const documents = new DocumentStore(loaded)
  const parsed = new LRUCache<string, { readonly document: DocumentNode | undefined }>({ max: MAX_DOCUMENTS })
  const parse = (text: string): DocumentNode | undefined => {
    const known = parsed.get(text) ?? { document: parseDocument(text) }
    parsed.set(text, known)
    return known.document
  }
  const settings = { schemas: { ...schemaOf('legacy', schemas.legacy), ...schemaOf('candidate', schemas.candidate) }, parse }
  const comparerOf = remembered(({ rules }: Judging) =>
    createComparer({ ...settings, rules, headers: DEFAULT_HEADERS, limits: DEFAULT_LIMITS }),
  )
  const redactor = createRedactor({ allow: config.privacy.allow, reveals, sign: signer(secrets.hashKey) }, settings)
  const subjectOf = createSubjectOf(config.subject)
  const reading = readingOf(loaded)
  const restOf = createRestOf(config.routes)
  const maxBytes = config.mirror.maxBodyBytes * INFLATION

  const compareOne = (asked: Asked, begin: Begin, legacy: Answer, candidate: Answer): Compared => {
    // Who has no name here has no session: ids are then mapped within one pair of answers.
    const subject = subjectOf(begin.headers, () => '')
    const session = subject === '' ? {} : { session: subject }
    const proof = oneTimeProof(begin.headers)
    const unproven = proof === undefined ? {} : { unproven: proof }
    const input: ComparisonInput = { ...asked, ...session, ...unproven, region: begin.region, legacy, candidate }
    const { judging } = inForce
    return {
      comparison: withoutAccepted(comparerOf(judging)(input), judging.accepted),
      ruleVersion: judging.version,
      exampleOf: (difference, context) => redactor.example(input, difference, context),
    }
  }

  return async function compareExchange(begin, { primary, shadow }) {
    const [first, second] = await Promise.all([decodeAnswer(primary.answer, maxBytes), decodeAnswer(shadow.answer, maxBytes)])
    const [legacy, candidate] = primary.origin === 'legacy' ? [first, second] : [second, first]
    const [asked, ...others] =
      begin.operation !== undefined && isRest(begin.operation.type) ? [restOf(begin.operation)] : askedBy(begin, reading, documents)
    if (begin.batch === undefined || asked === undefined) return compareOne(asked ?? {}, begin, legacy, candidate)
    // Where a side answered the whole with one answer, it is every entry's.
    const answers = entriesOf([legacy, candidate], begin.batch.length)
    const entries = [asked, ...others].map((one, index) => compareOne(one, begin, ...(answers?.[index] ?? [legacy, candidate])))
    return { ...worstOf(entries), entries }
  }
}

/** The value for what was asked last. */
function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  let made: { readonly key: K; readonly value: V } | undefined
  return (key) => {
    if (made?.key !== key) made = { key, value: make(key) }
    return made.value
  }
}

/** What stands for a batch in the trace. */
function worstOf(entries: readonly Compared[]): Compared {
  const [first, ...others] = entries
  if (first === undefined) throw new Error('a batch has entries')
  return others.reduce(
    (worst, one) => (WORST.indexOf(one.comparison.verdict) < WORST.indexOf(worst.comparison.verdict) ? one : worst),
    first,
  )
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

/** What is known of REST operations, by the route table. */
function createRestOf(routes: LoadedConfig['config']['routes']): (operation: HandedOperation) => Asked {
  const maps = new Map(
    routes.flatMap(({ path, methods = [], name, effect, maps: own }) =>
      methods.map((method) => [restOperation(method, path, { name, effect }).key, own ?? []] as const),
    ),
  )
  return ({ key }) => ({ operation: key, rest: { name: partsOf(key).name, maps: maps.get(key) ?? [] } })
}

/** What each operation of a request was asked for, as far as it can be told. */
function askedBy({ method, target, headers, body, operation, batch }: Begin, reading: Reading, documents: DocumentStore): readonly Asked[] {
  const contentType = headerValue(headers, 'content-type')
  const params = readParams({
    method,
    target,
    reading,
    ...(contentType === undefined ? {} : { contentType }),
    ...(body === undefined ? {} : { body }),
  })
  if (typeof params === 'string') return (batch ?? [operation]).map((one) => (one === undefined ? {} : { operation: one.key }))
  return ('entries' in params ? params.entries : [params]).map((one, index) => {
    const { operationName, variables } = one
    const key = (batch?.[index] ?? operation)?.key
    const document = 'stored' in one ? documents.find(one.stored.id) : one.query
    return {
      ...(key === undefined ? {} : { operation: key }),
      ...(document === undefined ? {} : { document }),
      ...(operationName === undefined ? {} : { operationName }),
      ...(variables === undefined ? {} : { variables }),
    }
  })
}
