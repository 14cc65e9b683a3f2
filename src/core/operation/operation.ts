import type { DocumentId } from './document-id.ts'

/**
 * The three kinds of GraphQL operation, the two of REST operation (by what they do to the backend, see `rest.ts`), and a connection that is asked for
 * once and carries whatever its sides agree on.
 */
export const OPERATION_TYPES = ['query', 'mutation', 'subscription', 'read', 'write', 'socket'] as const
export type OperationType = (typeof OPERATION_TYPES)[number]

/** One operation as Banyan routes it. */
export interface Operation {
  /** `<type>:<name or ~anonymous>#<signature>`, for example `query:GetUser#9f2c61d0a4b7e835` or `read:GET /users/{id}#52a1…`. */
  readonly key: string
  readonly type: OperationType
  /** The name that the client chose, or the route table; absent for an anonymous operation. */
  readonly name?: string
  /** First 16 hex digits of the sha256 of the signature text, version 1 (see `signature.ts`). */
  readonly signature: string
  /** The signature text: of GraphQL the operation with literals hidden and aliases dropped, else method and template. Safe to store. */
  readonly document: string
}

/** Whether asking twice does no harm: such operations are mirrored, confirmed, and asked again elsewhere. */
export function isRead(type: OperationType): boolean {
  return type === 'query' || type === 'read'
}

/** Whether an operation changes what a backend keeps, and may be brought to a second one by a policy (`writes:`). */
export function isWrite(type: OperationType): boolean {
  return type === 'mutation' || type === 'write'
}

/** Whether an operation is one of the route table, without any GraphQL in it. */
export function isRest(type: OperationType): boolean {
  return type === 'read' || type === 'write'
}

/** The parts of an operation's key: no name holds a `#`, and a template may hold a `:`. */
export function partsOf(key: string): { readonly type: string; readonly name: string; readonly signature: string } {
  const colon = key.indexOf(':')
  const hash = key.lastIndexOf('#')
  const end = hash === -1 ? key.length : hash
  return {
    type: key.slice(0, Math.max(colon, 0)),
    name: key.slice(colon + 1, end),
    signature: key.slice(end + 1, hash === -1 ? end : undefined),
  }
}

/** Why a request on the GraphQL path could not be tied to one operation. Served by legacy, never mirrored, counted. */
export const UNCLASSIFIED_REASONS = {
  unreadable: 'not JSON, no query, wrong types',
  syntax: 'the document does not parse',
  'too-large': 'body, document, depth or tokens past a bound',
  unresolved: 'several operations and no name that chooses one',
  'unknown-document': 'the id of a stored document whose text is not known',
  ambiguous: 'two sources of the document, a key twice, or a source that the two backends do not honour alike',
  batch: 'an array of requests that one of the backends does not take, or an empty one',
  stream: 'a request of a stream that one backend keeps open (SSE in single connection mode)',
  'media-type': 'an upload or another kind of body that is passed on unread',
  method: 'OPTIONS, HEAD, PUT and others on the GraphQL path',
} as const
export type UnclassifiedReason = keyof typeof UNCLASSIFIED_REASONS

/** Why an identified operation is served but not mirrored, whatever its stage says. */
export const UNMIRRORABLE_REASONS = {
  mutation: 'a write',
  subscription: 'a stream of answers',
  'contains-mutation': 'one of several operations of the document is no query, and servers choose differently',
  'mutation-by-get': 'a write by GET, which one server runs and the next refuses',
  incremental: '`@defer` or `@stream`',
  upload: 'a multipart request, whose files are never held',
  introspection: 'the schema, which differs by construction',
  conditional: 'a condition or a range in the head: the answer depends on what the client has',
  head: 'HEAD, whose answer has no body to compare',
  streamed: 'a REST request whose body is passed on unread',
  socket: 'a WebSocket, or the reservation of a stream of SSE',
} as const
export type UnmirrorableReason = keyof typeof UNMIRRORABLE_REASONS

export type Identified =
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      /** What it asks of its root, see `rootFields`. */
      readonly roots: readonly string[]
      readonly unmirrorable?: UnmirrorableReason
      /** The document, where the request has only its hash: a backend may know it or not (PD-4, PD-6). */
      readonly attach?: string
      /** It goes on with a pagination that legacy began. */
      readonly continues?: 'legacy'
    }
  /** Served as one request, by one origin (BA-2); counted and compared entry by entry. */
  | {
      readonly kind: 'batch'
      readonly operations: readonly Operation[]
      /** By position. */
      readonly roots: readonly (readonly string[])[]
      readonly unmirrorable?: UnmirrorableReason
    }
  | {
      readonly kind: 'unclassified'
      readonly reason: UnclassifiedReason
      /** It is about a stream that the candidate keeps open; legacy has all others. */
      readonly stream?: 'candidate'
    }

/** What goes with a document. */
interface Params {
  readonly operationName?: string | undefined
  /** One backend goes by the name and the other does not look at it: only a document with one operation says what runs. */
  readonly isNameDoubtful?: true | undefined
  readonly variables?: Readonly<Record<string, unknown>> | undefined
}

/** What the client asked GraphQL to run, read from a body or a query string. */
export interface GraphQLParams extends Params {
  readonly query: string
  /** What the client says that the hash of the document is. Nobody has checked it. */
  readonly hash?: string | undefined
}

/** The same by the id of a document that the client takes the backend to have. */
export interface StoredParams extends Params {
  readonly stored: DocumentId
}

/** Several at once, to be answered in one array. */
export interface BatchParams {
  readonly entries: readonly (GraphQLParams | StoredParams)[]
}

/** The operations of a request, by position; none where they cannot be told. */
export function operationsOf(identified: Identified): readonly Operation[] {
  if (identified.kind === 'unclassified') return []
  return identified.kind === 'batch' ? identified.operations : [identified.operation]
}
