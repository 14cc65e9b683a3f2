import {
  BREAK,
  Kind,
  OperationTypeNode,
  parse,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { GraphQLParams, Identified, Operation, UnclassifiedReason, UnmirrorableReason } from './operation.ts'
import { rootFields } from './root-fields.ts'
import { signDocument } from './signature.ts'

/** What one request may cost to classify. */
export interface IdentifyLimits {
  /** Characters of the document. */
  readonly characters: number
  /** Tokens of the document, as graphql-js counts them. */
  readonly tokens: number
  /** Selections, lists and objects within one another. */
  readonly depth: number
  /** Fields under a name of their own. */
  readonly aliases: number
}

/**
 * Documents of real clients stay below a tenth of this, and none is nested a quarter as deep. At these limits the worst document that was
 * found takes a few hundredths of a second of the client's thread, once.
 */
export const IDENTIFY_LIMITS: IdentifyLimits = { characters: 100_000, tokens: 10_000, depth: 100, aliases: 1_000 }

/** Longer names are labels for nobody. */
const MAX_NAME = 128

/**
 * Ties a request to one operation. Depends on the document and the name alone, so that a caller can cache the result by them;
 * hostile documents cost bounded time and give a reason, never an exception.
 * Not validated against a schema: different servers accept different documents.
 */
export function identify(
  { query, ...asked }: Pick<GraphQLParams, 'query' | 'operationName' | 'isNameDoubtful'>,
  limits: IdentifyLimits = IDENTIFY_LIMITS,
): Exclude<Identified, { kind: 'batch' }> {
  const document = parseWithin(query, limits)
  return typeof document === 'string' ? unclassified(document) : identifyIn(document, asked)
}

/** A document that costs no more than it may, or why it is not looked into. */
export function parseWithin(query: string, limits: IdentifyLimits): DocumentNode | UnclassifiedReason {
  if (query.length > limits.characters) return 'too-large'
  const document = parseDocument(query, limits)
  return typeof document !== 'string' && isOver(document, limits) ? 'too-large' : document
}

/** The names that a document can be asked by, one for each of its operations; of one without a name nothing. */
export function operationNames({ definitions }: DocumentNode): readonly (string | undefined)[] {
  return definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION).map(({ name }) => name?.value)
}

/** As `identify`, of a document that was parsed before. */
export function identifyIn(
  document: DocumentNode,
  { operationName, isNameDoubtful }: Pick<GraphQLParams, 'operationName' | 'isNameDoubtful'>,
): Exclude<Identified, { kind: 'batch' }> {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  if (isNameDoubtful === true && operations.length > 1) return unclassified('ambiguous')
  const chosen =
    operationName === undefined && operations.length === 1
      ? operations[0]
      : operations.find(({ name }) => name !== undefined && name.value === operationName)
  if (chosen === undefined) return unclassified('unresolved')
  const operation = describe(chosen, document)
  const fragments = fragmentsOf(document)
  const unmirrorable = whyUnmirrorable(chosen, operations, fragments)
  return { kind: 'operation', operation, roots: rootFields(chosen, fragments), ...(unmirrorable === undefined ? {} : { unmirrorable }) }
}

export function unclassified(reason: UnclassifiedReason): Extract<Identified, { kind: 'unclassified' }> {
  return { kind: 'unclassified', reason }
}

/** graphql-js visits without recursion, so this cannot run out of stack however deep the parser got. */
function isOver(document: DocumentNode, limits: IdentifyLimits): boolean {
  let [depth, aliases] = [0, 0]
  let over = false
  const level = {
    enter: () => {
      depth += 1
      over ||= depth > limits.depth
      return over ? BREAK : undefined
    },
    leave: () => {
      depth -= 1
    },
  }
  const field = ({ alias }: FieldNode) => {
    if (alias !== undefined) aliases += 1
    over ||= aliases > limits.aliases
    return over ? BREAK : undefined
  }
  visit(document, { Field: field, SelectionSet: level, ListValue: level, ObjectValue: level, ListType: level })
  return over
}

/** How graphql-js says that `maxTokens` was passed; it has no code for it. Anchored, for other messages quote the document. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/

function parseDocument(query: string, { tokens }: IdentifyLimits): DocumentNode | UnclassifiedReason {
  try {
    return parse(query, { noLocation: true, maxTokens: tokens })
  } catch (error) {
    // graphql-js recurses: a few thousand nested braces end its stack before they end the token budget.
    if (error instanceof RangeError) return 'too-large'
    return error instanceof Error && TOO_MANY_TOKENS.test(error.message) ? 'too-large' : 'syntax'
  }
}

function describe(chosen: OperationDefinitionNode, document: DocumentNode): Operation {
  const signed = signDocument(chosen, document)
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
  if (chosen.operation === OperationTypeNode.SUBSCRIPTION) return 'subscription'
  // Servers choose among several operations differently (async-graphql ignores the name in a GET).
  if (operations.length > 1 && operations.some(({ operation }) => operation !== OperationTypeNode.QUERY)) return 'contains-mutation'
  const found = scan(chosen.selectionSet, fragments)
  if (found.incremental) return 'incremental'
  return chosen.operation === OperationTypeNode.MUTATION ? 'mutation' : found.introspection ? 'introspection' : undefined
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
