import {
  Kind,
  OperationTypeNode,
  parse,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { GraphQLParams, Identified, Operation, UnclassifiedReason, UnmirrorableReason } from './operation.ts'
import { signDocument } from './signature.ts'

/** What one request may cost to classify. */
export interface IdentifyLimits {
  /** Characters of the document. */
  readonly characters: number
  /** Tokens of the document, as graphql-js counts them. */
  readonly tokens: number
  /** Braces, brackets and parentheses open at once. */
  readonly depth: number
}

/** Documents of real clients stay below a tenth of this; signing 230 KB takes 200 ms of the client's thread. */
export const IDENTIFY_LIMITS: IdentifyLimits = { characters: 100_000, tokens: 10_000, depth: 100 }

/** Longer names are labels for nobody. */
const MAX_NAME = 128

/**
 * Ties a request to one operation. Depends on the document and `operationName` alone, so that the result can be cached by the two.
 * Not validated against a schema: different servers accept different documents.
 */
export function identify(
  { query, operationName }: Pick<GraphQLParams, 'query' | 'operationName'>,
  limits: IdentifyLimits = IDENTIFY_LIMITS,
): Identified {
  if (query.length > limits.characters || nesting(query) > limits.depth) return unclassified('too-large')
  const document = parseDocument(query, limits)
  if (typeof document === 'string') return unclassified(document)
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const chosen =
    operationName === undefined && operations.length === 1
      ? operations[0]
      : operations.find(({ name }) => name !== undefined && name.value === operationName)
  if (chosen === undefined) return unclassified('unresolved')
  const operation = describe(chosen, document)
  if (operation === undefined) return unclassified('too-large')
  const unmirrorable = whyUnmirrorable(chosen, operations, fragmentsOf(document))
  return { kind: 'operation', operation, ...(unmirrorable === undefined ? {} : { unmirrorable }) }
}

function unclassified(reason: UnclassifiedReason): Identified {
  return { kind: 'unclassified', reason }
}

/** How deep a document is nested at most. Brackets in strings and comments count too: at worst a strange document is not mirrored. */
function nesting(query: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < query.length; i += 1) {
    const character = query[i]
    if (character === '{' || character === '[' || character === '(') deepest = Math.max(deepest, (depth += 1))
    else if (character === '}' || character === ']' || character === ')') depth -= 1
  }
  return deepest
}

function parseDocument(query: string, { tokens }: IdentifyLimits): DocumentNode | UnclassifiedReason {
  try {
    return parse(query, { noLocation: true, maxTokens: tokens })
  } catch (error) {
    // graphql-js recurses: a few thousand nested braces end its stack before they end the token budget.
    if (error instanceof RangeError) return 'too-large'
    return error instanceof Error && error.message.includes('tokens') ? 'too-large' : 'syntax'
  }
}

function describe(chosen: OperationDefinitionNode, document: DocumentNode): Operation | undefined {
  const signed = signDocument(chosen, document)
  if (signed === undefined) return undefined
  const name = chosen.name?.value
  const label = name === undefined ? '~anonymous' : name.length > MAX_NAME ? '~invalid' : name
  return {
    key: `${chosen.operation}:${label}#${signed.signature}`,
    type: chosen.operation,
    ...(name === undefined || name.length > MAX_NAME ? {} : { name }),
    ...signed,
  }
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const isFragment = (definition: DefinitionNode): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION
  return new Map(definitions.filter(isFragment).map((fragment) => [fragment.name.value, fragment]))
}

/** Any doubt about what a backend would run counts as the worst it could run. */
function whyUnmirrorable(
  chosen: OperationDefinitionNode,
  operations: readonly OperationDefinitionNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): UnmirrorableReason | undefined {
  if (chosen.operation !== OperationTypeNode.QUERY) return chosen.operation
  // Servers choose among several operations differently (async-graphql ignores the name in a GET).
  if (operations.some(({ operation }) => operation !== OperationTypeNode.QUERY)) return 'contains-mutation'
  const found = scan(chosen.selectionSet, fragments)
  return found.incremental ? 'incremental' : found.introspection ? 'introspection' : undefined
}

interface Found {
  readonly incremental: boolean
  readonly introspection: boolean
}

/** Looks through an operation and every fragment that it reaches, each once. */
function scan(root: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): Found {
  const seen = new Set<string>()
  const waiting: { set: SelectionSetNode; atRoot: boolean }[] = [{ set: root, atRoot: true }]
  let found: Found = { incremental: false, introspection: false }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { set, atRoot } = next
    for (const selection of set.selections) {
      const incremental = selection.directives?.some(({ name }) => name.value === 'defer' || name.value === 'stream') ?? false
      if (selection.kind === Kind.FIELD) {
        const introspection = atRoot && (selection.name.value === '__schema' || selection.name.value === '__type')
        found = { incremental: found.incremental || incremental, introspection: found.introspection || introspection }
        if (selection.selectionSet !== undefined) waiting.push({ set: selection.selectionSet, atRoot: false })
      } else {
        found = { ...found, incremental: found.incremental || incremental }
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : unseen(selection.name.value, atRoot, fragments, seen)
        if (inner !== undefined) waiting.push({ set: inner, atRoot })
      }
    }
  }
  return found
}

function unseen(
  name: string,
  atRoot: boolean,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): SelectionSetNode | undefined {
  // Once at the root and once below it: only the former can introspect.
  const key = `${name} ${atRoot}`
  if (seen.has(key)) return undefined
  seen.add(key)
  return fragments.get(name)?.selectionSet
}
