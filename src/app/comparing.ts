import { createHmac } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import type { LoadedConfig } from '../config/loaded.ts'
import { withoutAccepted } from '../core/comparison/acceptance.ts'
import {
  createComparer,
  DEFAULT_HEADERS,
  DEFAULT_LIMITS,
  IDENTICAL,
  isIdentical,
  type ComparisonInput,
} from '../core/comparison/compare.ts'
import type { Comparison, Difference } from '../core/comparison/comparison.ts'
import type { Example } from '../core/comparison/group.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import { createRedactor, type ExampleContext } from '../core/comparison/redact.ts'
import { validationsOf } from '../core/comparison/validation.ts'
import { entriesOf } from '../core/comparison/batch.ts'
import type { Answer, Exchange } from '../core/exchange/exchange.ts'
import { oneTimeProof } from '../core/exchange/credentials.ts'
import { createSubjectOf } from '../core/routing/subject.ts'
import type { Begin } from '../handover/record.ts'
import { decodeAnswer, isPlain } from '../upstream/decode.ts'
import type { Asked, AskedBy } from './asked-by.ts'
import { ParsedDocuments } from './parsed-documents.ts'
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

const WORST: readonly Comparison['verdict'][] = ['mismatch', 'inconclusive', 'match']

/** A compressed answer may grow this much beyond what is read of it. */
export const INFLATION = 16

/** Builds the comparer with its schemas, rules and redaction, and decodes what it compares. */
export function createComparing(
  loaded: LoadedConfig,
  inForce: RulesInForce,
  reveals: () => readonly Reveal[],
  askedBy: AskedBy,
): (begin: Begin, exchange: Exchange) => Promise<Compared> {
  const { config, schemas, secrets } = loaded
  const { of: parse } = new ParsedDocuments()
  const settings = { schemas: { ...schemaOf('legacy', schemas.legacy), ...schemaOf('candidate', schemas.candidate) }, parse }
  const comparerOf = remembered(({ rules }: Judging) =>
    createComparer({ ...settings, rules, headers: DEFAULT_HEADERS, limits: DEFAULT_LIMITS }),
  )
  const redactor = createRedactor({ allow: config.privacy.allow, reveals, sign: signer(secrets.hashKey) }, settings)
  const subjectOf = createSubjectOf(config.subject)
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
    const [first, second] =
      isPlain(primary.answer) && isPlain(shadow.answer)
        ? [primary.answer, shadow.answer]
        : await Promise.all([decodeAnswer(primary.answer, maxBytes), decodeAnswer(shadow.answer, maxBytes)])
    const decoded = primary.origin === 'legacy' ? ([first, second] as const) : ([second, first] as const)
    // The candidate was asked for the validation alone; legacy did the write.
    const [legacy, candidate] = begin.write?.mode === 'validate-only' ? validationsOf(...decoded) : decoded
    // Nearly all pairs, in the end: what was asked for is not even read.
    if (begin.batch === undefined && isIdentical({ legacy, candidate }, DEFAULT_HEADERS))
      return { comparison: IDENTICAL, ruleVersion: inForce.judging.version, exampleOf: nothingToShow }
    const [asked, ...others] = askedBy(begin)
    if (begin.batch === undefined || asked === undefined) return compareOne(asked ?? {}, begin, legacy, candidate)
    // Where a side answered the whole with one answer, it is every entry's.
    const answers = entriesOf([legacy, candidate], begin.batch.length)
    const entries = [asked, ...others].map((one, index) => compareOne(one, begin, ...(answers?.[index] ?? [legacy, candidate])))
    return { ...worstOf(entries), entries }
  }
}

function nothingToShow(): never {
  throw new Error('answers that are identical have no difference to show')
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
