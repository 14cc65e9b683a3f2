import { Kind, parse, type DocumentNode } from 'graphql'
import type { Executed } from './locate.ts'

/** Parses a document within bounds; nothing for what is no document. */
export function parseDocument(text: string): DocumentNode | undefined {
  try {
    return parse(text, { noLocation: true, maxTokens: MAX_TOKENS })
  } catch {
    return undefined // not GraphQL, or nested past the stack: then there are paths and no coordinates
  }
}

/** As many as the client's path classifies. */
const MAX_TOKENS = 10_000

/** The operation of a document that runs, with its variables and their defaults; nothing where it cannot be told. */
export function executedOf(
  document: DocumentNode | undefined,
  operationName: string | undefined,
  variables: Readonly<Record<string, unknown>> | undefined,
): Executed | undefined {
  if (document === undefined) return undefined
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const operation = operationName === undefined && operations.length === 1 ? operations[0] : operations.find(({ name }) => name?.value === operationName)
  if (operation === undefined) return undefined
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  const given: Record<string, unknown> = { ...variables }
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (given[variable.name.value] === undefined && defaultValue?.kind === Kind.BOOLEAN) given[variable.name.value] = defaultValue.value
  }
  return { operation, fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])), variables: given }
}
