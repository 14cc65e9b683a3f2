import { duplicateKeys } from './duplicate-keys.ts'
import type { GraphQLParams, UnclassifiedReason } from './operation.ts'

/** Which sources of the document a server honours (see `ARCHITECTURE.md`, backend profiles). */
export type Profile = 'generic' | 'graphene' | 'async-graphql' | 'apollo' | 'yoga'

/** The parts of a request that say what GraphQL should run. */
export interface ParamsInput {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly contentType?: string
  readonly body?: Uint8Array
  readonly profile: Profile
}

/** Servers that run the body of `application/graphql` as a document. */
const HONOURS_DOCUMENT_BODY: ReadonlySet<Profile> = new Set(['graphene', 'generic'])

const JSON_TYPE = /^application\/(json|graphql\+json)\s*(;|$)/i
const DOCUMENT_TYPE = /^application\/graphql\s*(;|$)/i

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * What the client asks to run, or why that cannot be told. Doubt is an answer: a document in two places, a key twice, an id without
 * its text. Hostile bodies give a reason and never an exception.
 */
export function readParams(input: ParamsInput): GraphQLParams | UnclassifiedReason {
  if (input.method === 'GET') return readQueryString(input.target)
  if (input.method !== 'POST') return 'method'
  // Graphene runs the query string's document even when the body has one too; others do the reverse. Nobody is right.
  if (/[?&](query|operationName|variables|extensions)=/.test(input.target)) return 'ambiguous'
  if (input.body === undefined) return input.contentType !== undefined && isReadable(input.contentType) ? 'too-large' : 'media-type'
  return readBody(input.body, input.contentType ?? '', input.profile)
}

function isReadable(contentType: string): boolean {
  return JSON_TYPE.test(contentType) || DOCUMENT_TYPE.test(contentType)
}

function readBody(body: Uint8Array, contentType: string, profile: Profile): GraphQLParams | UnclassifiedReason {
  const text = decode(body)
  if (text === undefined) return 'unreadable'
  if (DOCUMENT_TYPE.test(contentType)) return HONOURS_DOCUMENT_BODY.has(profile) ? { query: text } : 'media-type'
  if (!JSON_TYPE.test(contentType)) return 'media-type'
  const json = parse(text)
  if (Array.isArray(json)) return 'batch'
  // Cheap to rule out for nearly every body, and only then looked for in earnest.
  if (mayRepeatKeys(text) && duplicateKeys(text)) return 'ambiguous'
  return paramsOf(json)
}

/** One spelling of `"query"` in the whole text and no escaped letters: no key that matters can be there twice. */
function mayRepeatKeys(text: string): boolean {
  return text.includes('\\u') || ['"query"', '"operationName"', '"variables"'].some((key) => text.indexOf(key) !== text.lastIndexOf(key))
}

function readQueryString(target: string): GraphQLParams | UnclassifiedReason {
  const start = target.indexOf('?')
  const search = new URLSearchParams(start === -1 ? '' : target.slice(start + 1))
  if (['query', 'operationName', 'variables', 'extensions'].some((name) => search.getAll(name).length > 1)) return 'ambiguous'
  const variables = parse(search.get('variables') ?? 'null')
  const extensions = parse(search.get('extensions') ?? 'null')
  // In a query string an empty name is no name (GraphQL over HTTP, section 6.1).
  const operationName = search.get('operationName') === '' ? null : search.get('operationName')
  const id = search.get('documentId')
  return paramsOf({
    query: search.get('query') ?? undefined,
    variables,
    extensions,
    operationName,
    ...(id === null ? {} : { documentId: id }),
  })
}

/** Members under which clients send the id of a stored document in its place. */
const DOCUMENT_IDS = ['documentId', 'id', 'doc_id']

function paramsOf(json: unknown): GraphQLParams | UnclassifiedReason {
  if (!isObject(json)) return 'unreadable'
  const { query, operationName, variables } = json
  if (query === undefined || query === null || query === '') return hasDocumentId(json) ? 'unresolved' : 'unreadable'
  if (typeof query !== 'string') return 'unreadable'
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return 'unreadable'
  if (variables !== undefined && variables !== null && !isObject(variables)) return 'unreadable'
  return {
    query,
    ...(typeof operationName === 'string' ? { operationName } : {}),
    ...(isObject(variables) ? { variables } : {}),
  }
}

function hasDocumentId(json: Readonly<Record<string, unknown>>): boolean {
  const { extensions } = json
  return (isObject(extensions) && isObject(extensions['persistedQuery'])) || DOCUMENT_IDS.some((name) => typeof json[name] === 'string')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decode(body: Uint8Array): string | undefined {
  try {
    return decoder.decode(body)
  } catch {
    return undefined // not UTF-8, which RFC 8259 section 8.1 asks for
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON, or nested deeper than the stack
  }
}
