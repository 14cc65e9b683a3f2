import { hash } from 'node:crypto'
import { Kind, print, stripIgnoredCharacters, visit, type ASTNode, type DocumentNode, type OperationDefinitionNode } from 'graphql'

/** Signed text of an operation and the first 16 hex digits of its sha256. */
export interface Signed {
  readonly signature: string
  /** Literals hidden, aliases dropped, everything sorted: safe to store. */
  readonly document: string
}

/**
 * Signature, version 1: keeps the operation and the fragments it reaches; hides literals (numbers become 0, texts "", lists [] and objects {})
 * and keeps enums, booleans, null and variables; drops aliases; sorts definitions, variables, arguments, directives and selections, with the
 * printed text as the last word. So two clients that write the same operation differently share one key, and lists written out in
 * the document do not make a new operation of every length.
 * `undefined`: the document is nested too deep to be visited.
 */
export function signDocument(operation: OperationDefinitionNode, document: DocumentNode): Signed | undefined {
  try {
    const text = stripIgnoredCharacters(print(normalise({ ...document, definitions: reachable(operation, document) })))
    return { signature: hash('sha256', text).slice(0, 16), document: text }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function reachable(operation: OperationDefinitionNode, { definitions }: DocumentNode): DocumentNode['definitions'] {
  const names = new Set<string>()
  const waiting: ASTNode[] = [operation]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visit(node, {
      FragmentSpread({ name }) {
        if (names.has(name.value)) return
        names.add(name.value)
        waiting.push(
          ...definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name.value),
        )
      },
    })
  }
  return definitions.filter(
    (definition) => definition === operation || (definition.kind === Kind.FRAGMENT_DEFINITION && names.has(definition.name.value)),
  )
}

function normalise(document: DocumentNode): DocumentNode {
  return visit(document, {
    IntValue: { leave: (node) => ({ ...node, value: '0' }) },
    FloatValue: { leave: (node) => ({ ...node, kind: Kind.INT, value: '0' }) },
    StringValue: { leave: (node) => ({ ...node, value: '', block: false }) },
    ListValue: { enter: (node) => ({ ...node, values: [] }) },
    ObjectValue: { enter: (node) => ({ ...node, fields: [] }) },
    Field: { leave: (node) => ({ ...node, alias: undefined, arguments: sorted(node.arguments), directives: sorted(node.directives) }) },
    InlineFragment: { leave: (node) => ({ ...node, directives: sorted(node.directives) }) },
    FragmentSpread: { leave: (node) => ({ ...node, directives: sorted(node.directives) }) },
    Directive: { leave: (node) => ({ ...node, arguments: sorted(node.arguments) }) },
    SelectionSet: { leave: (node) => ({ ...node, selections: sorted(node.selections) }) },
    OperationDefinition: {
      leave: (node) => ({ ...node, variableDefinitions: sorted(node.variableDefinitions), directives: sorted(node.directives) }),
    },
    Document: { leave: (node) => ({ ...node, definitions: sorted(node.definitions) }) },
  })
}

/** Sorted by kind and printed text: the text begins with the name, so that no separate comparison of names is needed. */
function sorted<T extends ASTNode>(nodes: readonly T[] | undefined): T[] {
  return (nodes ?? [])
    .map((node) => ({ node, text: `${node.kind} ${print(node)}` }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ node }) => node)
}
