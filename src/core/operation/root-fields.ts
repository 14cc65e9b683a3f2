import { Kind, OperationTypeNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

/**
 * Names of the fields that an operation asks of its root, whatever they are called in the answer and in whatever fragments they stand, each once. A root
 * field of a mutation without arguments may be a namespace (`auth { login }`): the fields below it count too.
 */
export function rootFields(operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): readonly string[] {
  const isMutation = operation.operation === OperationTypeNode.MUTATION
  const names = new Set<string>()
  const seen = new Set<SelectionSetNode>([operation.selectionSet])
  // A set that grows while it is walked: what is added is visited too, and cycles of fragments end.
  for (const { selections } of seen) {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        names.add(selection.name.value)
        const isNamespace = isMutation && (selection.arguments ?? []).length === 0
        if (isNamespace && selection.selectionSet !== undefined) seen.add(selection.selectionSet)
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        if (inner !== undefined) seen.add(inner.selectionSet)
      }
    }
  }
  return [...names]
}
