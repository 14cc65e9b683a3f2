import { Kind, parse, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode } from 'graphql'

/** The operation that ran, with what decides which of its fields were asked for. */
export interface Executed {
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Readonly<Record<string, unknown>>
}

/** As many as the client's path classifies. */
const MAX_TOKENS = 10_000

/** Parses a document within bounds; nothing for what is no document. */
export function parseDocument(text: string): DocumentNode | undefined {
  try {
    return parse(text, { noLocation: true, maxTokens: MAX_TOKENS })
  } catch {
    return undefined // not GraphQL, or nested past the stack: then there are paths and no coordinates
  }
}

/** The operation of a document that runs, with its variables and their defaults; nothing where it cannot be told. */
export function executedOf(
  document: DocumentNode | undefined,
  operationName: string | undefined,
  variables: Readonly<Record<string, unknown>> | undefined,
): Executed | undefined {
  if (document === undefined) return undefined
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const isOnly = operationName === undefined && operations.length === 1
  const operation = isOnly ? operations[0] : operations.find(({ name }) => name !== undefined && name.value === operationName)
  if (operation === undefined) return undefined
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return {
    operation,
    fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
    variables: { ...defaultsOf(operation), ...withoutUndefined(variables) },
  }
}

/** Defaults that `@skip` and `@include` can see: the conditions are Booleans. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Readonly<Record<string, boolean>> {
  const entries = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.BOOLEAN ? [[variable.name.value, defaultValue.value] as const] : [],
  )
  return Object.fromEntries(entries)
}

function withoutUndefined(variables: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined))
}
