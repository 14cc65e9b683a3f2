import type { DocumentId } from './document-id.ts'

/** The three kinds of GraphQL operation. */
export type OperationType = 'query' | 'mutation' | 'subscription'

/** One GraphQL operation as Banyan routes it. */
export interface Operation {
  /** `<type>:<name or ~anonymous>#<signature>`, for example `query:GetUser#9f2c61d0a4b7e835`. */
  readonly key: string
  readonly type: OperationType
  /** The name the client chose; absent for an anonymous operation. */
  readonly name?: string
  /** First 16 hex digits of the sha256 of the signature text, version 1 (see `signature.ts`). */
  readonly signature: string
  /** The signature text: the operation with literals hidden and aliases dropped. Safe to store. */
  readonly document: string
}

/** Why a request on the GraphQL path could not be tied to one operation. Served by legacy, never mirrored, counted. */
export const UNCLASSIFIED_REASONS = {
  unreadable: 'not JSON, no query, wrong types',
  syntax: 'the document does not parse',
  'too-large': 'body, document, depth or tokens past a bound',
  unresolved: 'several operations and no name that chooses one',
  'unknown-document': 'the id of a stored document whose text is not known',
  ambiguous: 'two sources of the document, a key twice, or a source that the two backends do not honour alike',
  batch: 'an array of requests',
  stream: 'an operation on a stream that one backend keeps open (SSE in single connection mode)',
  'media-type': 'an upload or another kind of body that is passed on unread',
  method: 'OPTIONS, HEAD, PUT and others on the GraphQL path',
} as const
export type UnclassifiedReason = keyof typeof UNCLASSIFIED_REASONS

/** Why an identified operation is served but not mirrored, whatever its stage says. */
export const UNMIRRORABLE_REASONS = {
  mutation: 'a write',
  subscription: 'a stream of answers',
  'contains-mutation': 'another operation of the document is no query, and servers choose differently',
  incremental: '`@defer` or `@stream`',
  introspection: 'the schema, which differs by construction',
} as const
export type UnmirrorableReason = keyof typeof UNMIRRORABLE_REASONS

export type Identified =
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      readonly unmirrorable?: UnmirrorableReason
      /** The document, where the request has only its hash: a backend may know it or not (PD-4, PD-6). */
      readonly attach?: string
    }
  | { readonly kind: 'unclassified'; readonly reason: UnclassifiedReason }

/** What goes with a document. */
interface Params {
  readonly operationName?: string
  /** One backend goes by the name and the other does not look at it: only a document with one operation says what runs. */
  readonly isNameDoubtful?: true
  readonly variables?: Readonly<Record<string, unknown>>
}

/** What the client asked GraphQL to run, read from a body or a query string. */
export interface GraphQLParams extends Params {
  readonly query: string
  /** What the client says that the hash of the document is. Nobody has checked it. */
  readonly hash?: string
}

/** The same by the id of a document that the client takes the backend to have. */
export interface StoredParams extends Params {
  readonly stored: DocumentId
}
