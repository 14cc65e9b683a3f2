import { duplicateKeys } from './duplicate-keys.ts'
import { documentIdOf, hashIn, idInPath, namesStored } from './document-id.ts'
import type { BatchParams, GraphQLParams, StoredParams, UnclassifiedReason } from './operation.ts'
import { saysInOtherCase } from './other-case.ts'
import { formOf, SOURCES, type BodyForm, type Reading } from './profile.ts'
import { QueryString } from './query-string.ts'
import { saysTwice } from './says-twice.ts'

/** The parts of a request that say what GraphQL should run. */
export interface ParamsInput {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly contentType?: string | undefined
  readonly body?: Uint8Array | undefined
  /** The part `operations` of an upload: read in place of the body. */
  readonly operations?: Uint8Array | undefined
  /** What both backends make of requests. */
  readonly reading: Reading
}

/** Members of a body, or of a query string that stands for one. Nothing is known of their values. */
type Members = Readonly<Record<string, unknown>>

/** An urlencoded form with a longer body is none of a GraphQL client; a million fields would cost the client's thread a tenth of a second. */
const MAX_FORM_BYTES = 131_072

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A media type that names another coding of characters than the one that we read by, to whoever goes by it. */
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(?:;|$))/i

/** What makes the query string of a POST a second source. `operationName` does only where it says something else than the body. */
const RIVALS = ['query', 'variables', 'extensions'] as const

/** What a request asks to run, or why that cannot be told. */
type Asked = GraphQLParams | StoredParams | UnclassifiedReason

/** More are no client's; each may cost a parse. */
const MAX_ENTRIES = 50

/**
 * What the client asks to run, or why that cannot be told. Doubt is an answer: a document in two places, a key twice, a source that the
 * two backends do not honour alike. Hostile bodies give a reason and never an exception.
 */
export function readParams(input: ParamsInput): Asked | BatchParams {
  const { reading } = input
  const inPath = idInPath(input.target, reading.pathIds)
  return readRequest(input, inPath === undefined ? reading : { ...reading, inPath })
}

/** What both backends make of one request. */
interface RequestReading extends Reading {
  /** The id of a stored document that its path has. */
  readonly inPath?: string
}

function readRequest({ method, target, contentType = '', body, operations }: ParamsInput, reading: RequestReading): Asked | BatchParams {
  // Some servers read the body of a GET, others its query string.
  if (method === 'GET') return body !== undefined && body.length > 0 ? 'ambiguous' : readQueryString(new QueryString(target), reading)
  if (method !== 'POST') return 'method'
  const form = operations === undefined ? formOf(reading, mediaTypeOf(contentType)) : 'json'
  const read = operations ?? body
  if (form === 'unknown') return 'ambiguous'
  if (form === 'refused') return 'media-type'
  if (OTHER_CHARSET.test(contentType)) return 'ambiguous'
  const beside = reading.besideBody !== 'ignored' && target.includes('?') ? new QueryString(target) : undefined
  if (read === undefined) return beside !== undefined && isRival(beside, reading) ? 'ambiguous' : 'too-large'
  const members = FORMS[form](read, reading)
  if (Array.isArray(members)) {
    const isAlone = beside === undefined || !(isRival(beside, reading) || beside.values('operationName').length > 0)
    return isAlone ? readEntries(members, reading) : 'ambiguous'
  }
  if (beside === undefined) return typeof members === 'string' ? members : paramsOf(members, reading)
  return readBoth(members, beside, reading)
}

function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(';')
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}

/** How each form of body is read. Each gives a reason for what it cannot read. */
const FORMS: Readonly<Record<BodyForm, (body: Uint8Array, reading: Reading) => Members | unknown[] | UnclassifiedReason>> = {
  json: (body, reading) => {
    const text = decode(body)
    const json = text === undefined ? undefined : parse(text)
    if (text === undefined || json === undefined) return 'unreadable'
    if (!Array.isArray(json) && !isObject(json)) return 'unreadable'
    return saysTwice(text, json, reading.quoted) || saysInOtherCase(json, reading) ? 'ambiguous' : json
  },
  document: (body) => {
    const query = decode(body)
    return query === undefined || query === '' ? 'unreadable' : { query }
  },
  form: (body) => {
    if (body.length > MAX_FORM_BYTES) return 'too-large'
    const text = decode(body)
    return text === undefined ? 'unreadable' : membersOf(new QueryString(`?${text}`), 'operationName', [])
  },
}

/** A batch with an entry that cannot be told cannot be told (BA-3). */
function readEntries(entries: readonly unknown[], reading: RequestReading): BatchParams | UnclassifiedReason {
  if (reading.inPath !== undefined) return 'ambiguous'
  if (entries.length === 0 || !reading.batches) return 'batch'
  if (entries.length > MAX_ENTRIES) return 'too-large'
  const read = entries.map((entry) => (isObject(entry) ? paramsOf(entry, reading) : 'unreadable'))
  return read.find((params) => typeof params === 'string') ?? { entries: read.filter((params) => typeof params !== 'string') }
}

function readQueryString(search: QueryString, reading: RequestReading): Asked {
  const { nameInQueryString, idMembers } = reading
  if (nameInQueryString !== 'unknown') {
    const members = membersOf(search, nameInQueryString, idMembers)
    return typeof members === 'string' ? members : paramsOf(members, reading)
  }
  const names = [...search.values('operationName'), ...search.values('operation_name')]
  const members = membersOf(search, 'operationName', idMembers)
  if (typeof members === 'string') return members
  if (new Set(names).size > 1) return 'ambiguous'
  const params = paramsOf({ ...members, operationName: names[0] }, reading)
  return typeof params === 'string' || names.length !== 1 ? params : { ...params, isNameDoubtful: true }
}

/** Objects within one another from `extensions` to the hash of a document. */
const HASH_LEVELS = [1, 2] as const

/** What a query string or a form says, once. */
function membersOf(
  search: QueryString,
  nameKey: 'operationName' | 'operation_name',
  idMembers: readonly string[],
): Members | UnclassifiedReason {
  if (![...SOURCES, nameKey, ...idMembers].every((name) => search.isCertain(name))) return 'ambiguous'
  const variables = parse(search.value('variables') ?? 'null')
  const extensionsText = search.value('extensions') ?? 'null'
  const extensions = parse(extensionsText)
  if (variables === undefined || extensions === undefined) return 'unreadable'
  if (HASH_LEVELS.some((level) => duplicateKeys(extensionsText, level))) return 'ambiguous'
  const ids = Object.fromEntries(idMembers.map((name) => [name, search.value(name)]))
  // In a query string an empty name is no name (GraphQL over HTTP, section 6.1).
  return { ...ids, query: search.values('query')[0], operationName: search.value(nameKey), variables, extensions }
}

/** A POST whose query string may be a source too. Graphene runs it rather than the body, member by member. */
function readBoth(body: Members | UnclassifiedReason, beside: QueryString, reading: RequestReading): Asked {
  const isWinner = reading.besideBody === 'wins'
  if (isRival(beside, reading) && (!isWinner || typeof body === 'string')) return 'ambiguous'
  if (typeof body === 'string') return body
  if (!isWinner) {
    const params = paramsOf(body, reading)
    // Clients repeat the name in the URL for the sake of access logs.
    const says = (name: string): boolean => typeof params !== 'string' && name === params.operationName
    return beside.values('operationName').every(says) ? params : 'ambiguous'
  }
  if (beside.values('extensions').length > 0 || hasIds(beside, reading)) return 'ambiguous'
  const search = membersOf(beside, 'operationName', [])
  if (typeof search === 'string') return search
  const { query, operationName, variables } = search
  return paramsOf(
    {
      ...body,
      ...(query === undefined || query === '' ? {} : { query }),
      operationName: operationName ?? body['operationName'],
      variables: variables ?? body['variables'],
    },
    reading,
  )
}

function isRival(search: QueryString, reading: Reading): boolean {
  return RIVALS.some((name) => search.values(name).length > 0) || hasIds(search, reading)
}

function hasIds(search: QueryString, { idMembers }: Reading): boolean {
  return idMembers.some((name) => name !== 'id' && search.values(name).length > 0)
}

function paramsOf(members: Members, reading: RequestReading): Asked {
  const { query, extensions } = members
  // Its answer goes to a stream that the client opened before, on the backend that gave it the token (graphql-sse, section "single connection mode").
  if (isObject(extensions) && typeof extensions['operationId'] === 'string') return 'stream'
  const operationName = nameOf(members['operationName'], reading)
  if (operationName instanceof Doubt) return operationName.reason
  const variables = variablesOf(members['variables'], reading)
  if (variables instanceof Doubt) return variables.reason
  if (typeof query === 'string' && query !== '') {
    if (reading.inPath !== undefined || namesStored(members, reading.idMembers)) return 'ambiguous'
    return { query, hash: hashIn(extensions), operationName, variables }
  }
  const stored = documentIdOf(members, reading.idMembers, reading.inPath)
  if (stored === 'ambiguous') return 'ambiguous'
  if (stored === undefined || (query !== undefined && query !== null && query !== '')) return 'unreadable'
  // Servers differ on a document that is there and empty.
  return query === undefined ? { stored, operationName, variables } : 'unknown-document'
}

/** Why it cannot be told what a member says. */
class Doubt {
  readonly reason: UnclassifiedReason

  constructor(reason: UnclassifiedReason) {
    this.reason = reason
  }
}

const UNREADABLE = new Doubt('unreadable')
const AMBIGUOUS = new Doubt('ambiguous')

function nameOf(name: unknown, { nullName }: Reading): string | Doubt | undefined {
  if (name === undefined || name === null) return undefined
  if (typeof name !== 'string') return UNREADABLE
  if (name !== 'null' || nullName === 'name') return name
  return nullName === 'absent' ? undefined : AMBIGUOUS
}

function variablesOf(variables: unknown, { textVariables }: Reading): Members | Doubt | undefined {
  if (variables === undefined || variables === null) return undefined
  if (typeof variables === 'string' && textVariables === 'unknown') return AMBIGUOUS
  const read = typeof variables === 'string' && textVariables === 'read' ? parse(variables) : variables
  return isObject(read) ? read : UNREADABLE
}

function isObject(value: unknown): value is Members {
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
