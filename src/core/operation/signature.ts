import { hash } from 'node:crypto'
import {
  Kind,
  stripIgnoredCharacters,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql'
import type { ASTReducer } from 'graphql/language/visitor.js'

/** Signed text of an operation and the first 16 hex digits of its sha256. */
export interface Signed {
  readonly signature: string
  /** Literals hidden, aliases dropped, everything sorted: safe to store. */
  readonly document: string
}

/**
 * Signature, version 1: keeps the operation and the fragments it reaches; hides literals (numbers become 0, texts "", lists [] and objects {})
 * and keeps enums, booleans, null and variables; drops aliases; sorts definitions, variables, arguments, directives and selections by
 * their written text. So two clients that write the same operation differently share one key, and lists written out in
 * the document do not make a new operation of every length.
 */
export function signDocument(operation: OperationDefinitionNode, document: DocumentNode): Signed {
  const text = stripIgnoredCharacters(visit({ ...document, definitions: reachable(operation, document) }, CANONICAL))
  return { signature: hash('sha256', text).slice(0, 16), document: text }
}

/** The operation and the fragments that it reaches, each looked through once: cycles and fragments that double end. */
function reachable(operation: OperationDefinitionNode, { definitions }: DocumentNode): DocumentNode['definitions'] {
  const fragments = Map.groupBy(definitions.filter(isFragment), ({ name }) => name.value)
  const reached = new Set<DefinitionNode>([operation])
  // A set that grows while it is walked: what is added is visited too.
  for (const definition of reached) {
    visit(definition, {
      FragmentSpread({ name }) {
        for (const fragment of fragments.get(name.value) ?? []) reached.add(fragment)
      },
    })
  }
  return [...reached]
}

function isFragment(definition: DefinitionNode): definition is FragmentDefinitionNode {
  return definition.kind === Kind.FRAGMENT_DEFINITION
}

/**
 * Writes every node once, from the leaves up, so that sorting compares texts that are there already: printing each node anew at every level
 * takes seconds for a document that nests much.
 */
const CANONICAL: ASTReducer<string> = {
  Name: { leave: ({ value }) => value },
  Document: { leave: ({ definitions }) => sorted(definitions).join('\n') },
  OperationDefinition: {
    leave({ operation, name = '', variableDefinitions, directives, selectionSet }) {
      const head = `${operation} ${name}${list('(', variableDefinitions, ')')}${suffixes(directives)}`
      return head === 'query ' ? selectionSet : `${head} ${selectionSet}`
    },
  },
  FragmentDefinition: {
    leave: ({ name, typeCondition, directives, selectionSet }) =>
      `fragment ${name} on ${typeCondition}${suffixes(directives)} ${selectionSet}`,
  },
  VariableDefinition: {
    leave: ({ variable, type, defaultValue, directives }) =>
      `${variable}: ${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}${suffixes(directives)}`,
  },
  SelectionSet: { leave: ({ selections }) => `{\n${sorted(selections, rank).join('\n')}\n}` },
  Field: {
    leave: ({ name, arguments: values, directives, selectionSet }) =>
      `${name}${list('(', values, ')')}${suffixes(directives)}${selectionSet === undefined ? '' : ` ${selectionSet}`}`,
  },
  FragmentSpread: { leave: ({ name, directives }) => `...${name}${suffixes(directives)}` },
  InlineFragment: {
    leave: ({ typeCondition, directives, selectionSet }) =>
      `...${typeCondition === undefined ? '' : ` on ${typeCondition}`}${suffixes(directives)} ${selectionSet}`,
  },
  Directive: { leave: ({ name, arguments: values }) => `@${name}${list('(', values, ')')}` },
  Argument: { leave: ({ name, value }) => `${name}: ${value}` },
  NamedType: { leave: ({ name }) => name },
  ListType: { leave: ({ type }) => `[${type}]` },
  NonNullType: { leave: ({ type }) => `${type}!` },
  Variable: { leave: ({ name }) => `$${name}` },
  EnumValue: { leave: ({ value }) => value },
  // Still a boolean, whatever the reducer's type says of it.
  BooleanValue: { leave: (node) => (node.value ? 'true' : 'false') },
  NullValue: { leave: () => 'null' },
  IntValue: { leave: () => '0' },
  FloatValue: { leave: () => '0' },
  StringValue: { leave: () => '""' },
  ListValue: { leave: () => '[]' },
  ObjectValue: { leave: () => '{}' },
}

/** Fields before fragment spreads before inline fragments. */
function rank(selection: string): number {
  return selection.startsWith('... ') ? 2 : selection.startsWith('...') ? 1 : 0
}

/** By rank, then by text: a name comes before every longer one that begins with it. */
function sorted(texts: readonly string[] = [], rankOf: (text: string) => number = () => 0): string[] {
  return texts.toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : a > b ? 1 : 0))
}

function list(open: string, texts: readonly string[] | undefined, close: string): string {
  return texts === undefined || texts.length === 0 ? '' : `${open}${sorted(texts).join(', ')}${close}`
}

function suffixes(directives: readonly string[] | undefined): string {
  return sorted(directives)
    .map((directive) => ` ${directive}`)
    .join('')
}
