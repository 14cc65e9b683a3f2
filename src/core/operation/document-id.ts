import { hash } from 'node:crypto'
import { wildcard } from './pattern.ts'

/** Members under which clients send the id of a stored document (PD-1): the draft's appendix, Relay's network layers, and both of them and others. */
export const ID_MEMBERS: readonly string[] = ['documentId', 'doc_id', 'id']

/** What a segment of the path looks like that is one, by the draft's appendix. */
export const ID_SEGMENTS: readonly string[] = ['sha256:*']

/** Says who the request is rather than what it asks, where anything else names a document: network layers number their requests with it. */
const WEAK = 'id'

/** The name that a request gives a stored document, and where it stood. */
export interface DocumentId {
  /** As the manifest has it; a hash is `sha256:` and 64 hex digits, wherever it stood. */
  readonly id: string
  /** The request is an automatic persisted query (APQ): it has the hash in `extensions.persistedQuery` and nothing else. */
  readonly isHash: boolean
}

const SHA256 = 'sha256:'
const HEX_64 = /^[0-9a-f]{64}$/

/** One spelling of an id: bare hashes are as good as those with their algorithm. */
export function normalId(id: string): string {
  return HEX_64.test(id) ? SHA256 + id : id
}

/**
 * The stored document that a request names; nothing where it names none, `ambiguous` where it names two.
 * @param members of a JSON body or a query string
 * @param names members that may hold an id
 * @param inPath the id that the path has; beside it a member `id` numbers the request, as network layers do
 */
export function documentIdOf(
  members: Readonly<Record<string, unknown>>,
  names: readonly string[],
  inPath?: string,
): DocumentId | 'ambiguous' | undefined {
  const hashed = hashIn(members['extensions'])
  if (inPath !== undefined) return hashed !== undefined || namesStored(members, names) ? 'ambiguous' : { id: inPath, isHash: false }
  const named = new Set(names.filter((name) => name !== WEAK).flatMap((name) => idsIn(members[name])))
  if (named.size > 1 || (hashed !== undefined && named.size > 0 && !named.has(hashed))) return 'ambiguous'
  if (hashed !== undefined) return { id: hashed, isHash: named.size === 0 && hashed.startsWith(SHA256) }
  const [id] = named.size > 0 || !names.includes(WEAK) ? named : idsIn(members[WEAK])
  return id === undefined ? undefined : { id, isHash: false }
}

/** Where a path may name a stored document: `/graphql/sha256:…` (GraphQL over HTTP, appendix on persisted documents). */
export interface PathIds {
  /** Where clients send GraphQL. */
  readonly path: string
  /** What the segment behind it may look like; `*` stands for any characters. */
  readonly patterns: readonly string[]
}

/** The id that is a segment of the path by itself; nothing where there is none. */
export function idInPath(target: string, { path, patterns }: PathIds): string | undefined {
  // Nearly every target is the path itself, with or without a query string.
  if (target[path.length] !== '/' || !target.startsWith(path)) return undefined
  const segment = decode(target.slice(path.length + 1).split('?', 1)[0] ?? '')
  if (segment === undefined || /[/\\]|^\.{0,2}$/.test(segment)) return undefined
  return patterns.some((pattern) => wildcard(pattern, segment)) ? normalId(segment) : undefined
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Whether a request names a document in a member that only stored documents are named in. */
export function namesStored(members: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return names.some((name) => members[name] !== undefined && name !== WEAK && idsIn(members[name]).length > 0)
}

/** The hash of an automatic persisted query, with its algorithm. */
export function hashIn(extensions: unknown): string | undefined {
  const query = isObject(extensions) ? extensions['persistedQuery'] : undefined
  const said = isObject(query) ? query['sha256Hash'] : undefined
  return typeof said === 'string' ? normalId(said) : undefined
}

/** Whether an id is the hash of exactly this text (PD-3). An id that is no hash proves nothing. */
export function isHashOf(id: string, text: string): boolean {
  return id === SHA256 + hash('sha256', text)
}

function idsIn(value: unknown): readonly string[] {
  return typeof value === 'string' && value !== '' ? [normalId(value)] : typeof value === 'number' ? [String(value)] : []
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
