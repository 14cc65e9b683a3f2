import { duplicateKeys } from './duplicate-keys.ts'
import type { GraphQLParams, UnclassifiedReason } from './operation.ts'
import { QueryString } from './query-string.ts'

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
const HONOURS_DOCUMENT_BODY: ReadonlySet<Profile> = new Set(['graphene', 'yoga', 'generic'])

const JSON_TYPE = /^application\/(json|graphql\+json)\s*(;|$)/i
const DOCUMENT_TYPE = /^application\/graphql\s*(;|$)/i

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Members that carry what GraphQL should run, in a body and in a query string alike. */
const SOURCES = ['query', 'operationName', 'variables', 'extensions'] as const

/** Members under which clients send the id of a stored document in its place. */
const DOCUMENT_IDS = ['documentId', 'doc_id', 'id'] as const

/** Those that would be a second source beside a text. An `id` there is none: Relay's network layers number their requests with it. */
const RIVAL_IDS = ['documentId', 'doc_id'] as const

/** What makes the query string of a POST a second source. `operationName` does only where it says something else than the body. */
const RIVALS = ['query', 'variables', 'extensions', ...RIVAL_IDS] as const

/**
 * What the client asks to run, or why that cannot be told. Doubt is an answer: a document in two places, a key twice, an id without
 * its text. Hostile bodies give a reason and never an exception.
 */
export function readParams({ method, target, contentType = '', body, profile }: ParamsInput): GraphQLParams | UnclassifiedReason {
  // Some servers read the body of a GET, others its query string.
  if (method === 'GET') return body !== undefined && body.length > 0 ? 'ambiguous' : readQueryString(target)
  if (method !== 'POST') return 'method'
  const beside = target.includes('?') ? new QueryString(target) : undefined
  // Graphene runs the query string's document even when the body has one too; others do the reverse. Nobody is right.
  if (beside !== undefined && RIVALS.some((name) => beside.values(name).length > 0)) return 'ambiguous'
  if (body === undefined) return isReadable(contentType) ? 'too-large' : 'media-type'
  const params = readBody(body, contentType, profile)
  return typeof params === 'string' || beside === undefined ? params : withoutRivalName(params, beside)
}

/** Clients repeat the name in the URL for the sake of access logs. */
function withoutRivalName(params: GraphQLParams, beside: QueryString): GraphQLParams | UnclassifiedReason {
  return beside.values('operationName').every((name) => name === params.operationName) ? params : 'ambiguous'
}

function isReadable(contentType: string): boolean {
  return JSON_TYPE.test(contentType) || DOCUMENT_TYPE.test(contentType)
}

function readBody(body: Uint8Array, contentType: string, profile: Profile): GraphQLParams | UnclassifiedReason {
  const isDocument = DOCUMENT_TYPE.test(contentType)
  if (isDocument ? !HONOURS_DOCUMENT_BODY.has(profile) : !JSON_TYPE.test(contentType)) return 'media-type'
  const text = decode(body)
  if (text === undefined) return 'unreadable'
  if (isDocument) return text === '' ? 'unreadable' : { query: text }
  const json = parse(text)
  if (json === undefined) return 'unreadable'
  if (Array.isArray(json)) return 'batch'
  // Cheap to rule out for nearly every body, and only then looked for in earnest.
  if (mayRepeatKeys(text) && duplicateKeys(text)) return 'ambiguous'
  return paramsOf(json)
}

/** One spelling of each member in the whole text and no escaped letters: no key that matters can be there twice. */
function mayRepeatKeys(text: string): boolean {
  return text.includes('\\u') || SOURCES.some((name) => text.indexOf(`"${name}"`) !== text.lastIndexOf(`"${name}"`))
}

function readQueryString(target: string): GraphQLParams | UnclassifiedReason {
  const search = new QueryString(target)
  if (SOURCES.some((name) => search.values(name).length > 1)) return 'ambiguous'
  const variables = parse(search.value('variables') ?? 'null')
  const extensions = parse(search.value('extensions') ?? 'null')
  if (variables === undefined || extensions === undefined) return 'unreadable'
  // In a query string an empty name is no name (GraphQL over HTTP, section 6.1).
  const [query, operationName] = [search.value('query'), search.value('operationName')]
  const ids = Object.fromEntries(DOCUMENT_IDS.map((name) => [name, search.value(name)]))
  return paramsOf({ ...ids, query, operationName, variables, extensions })
}

function paramsOf(json: unknown): GraphQLParams | UnclassifiedReason {
  if (!isObject(json)) return 'unreadable'
  const { query, operationName, variables, extensions } = json
  if (query === undefined || query === null || query === '')
    return isPersisted(extensions) || hasId(json, DOCUMENT_IDS) ? 'unresolved' : 'unreadable'
  if (hasId(json, RIVAL_IDS)) return 'ambiguous'
  if (typeof query !== 'string') return 'unreadable'
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return 'unreadable'
  if (variables !== undefined && variables !== null && !isObject(variables)) return 'unreadable'
  return {
    query,
    ...(typeof operationName === 'string' ? { operationName } : {}),
    ...(isObject(variables) ? { variables } : {}),
  }
}

function isPersisted(extensions: unknown): boolean {
  return isObject(extensions) && isObject(extensions['persistedQuery'])
}

function hasId(json: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return names.some((name) => typeof json[name] === 'string' || typeof json[name] === 'number')
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
