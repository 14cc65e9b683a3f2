import { Kind, parse, print, visit, type DirectiveNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'
import { membersOf } from './json-members.ts'

const TRUE = { kind: Kind.BOOLEAN, value: true } as const
const SKIP: DirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'skip' },
  arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value: TRUE }],
}

/**
 * The document with everything that its operations would run skipped, so that a server reads and validates it and does nothing (MU-2). All root selections stand
 * in one fragment that is skipped, with their own directives, variables and fragments as they were; and each of them is skipped by itself too, unless it has a
 * `@skip` of its own, which may not be there twice: a server would have to ignore both to run anything.
 */
export function skipRoots(document: string): string {
  return print(
    visit(parse(document, { noLocation: true }), {
      OperationDefinition: (operation: OperationDefinitionNode) => ({ ...operation, selectionSet: skipped(operation.selectionSet) }),
    }),
  )
}

function skipped({ selections }: SelectionSetNode): SelectionSetNode {
  const skippedToo = selections.map((selection) => {
    const directives = selection.directives ?? []
    return directives.some(({ name }) => name.value === 'skip') ? selection : { ...selection, directives: [...directives, SKIP] }
  })
  const all: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: skippedToo }
  return { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.INLINE_FRAGMENT, directives: [SKIP], selectionSet: all }] }
}

/** Members of a request that stay as they were written: numbers keep all their digits. */
const KEPT = ['operationName', 'variables'] as const

/**
 * A JSON body that asks for nothing but the validation of a document. What else it said is dropped: the id or the hash of a stored document would be of another
 * text. Nothing where the body is no JSON object.
 */
export function validationBody(body: Uint8Array, document: string): Buffer | undefined {
  const members = membersOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  if (members === undefined) return undefined
  const kept = KEPT.flatMap((name) => {
    const value = members.get(name)
    return value === undefined ? [] : [`,"${name}":${value}`]
  })
  return Buffer.from(`{"query":${JSON.stringify(skipRoots(document))}${kept.join('')}}`)
}
