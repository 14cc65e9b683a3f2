import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  OperationTypeNode,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'

/** Object types whose state an operation reads or writes, sorted. Only those with an identity: `PageInfo`, an edge or an address is part of what holds it. */
export interface TouchedTypes {
  /** Every one that its document selects from. */
  readonly types: readonly string[]
  /** Of a mutation: those that it returns first, and those that its fields are named after: `deleteOrder` writes `Order`. */
  readonly writes: readonly string[]
}

const NOTHING: TouchedTypes = { types: [], writes: [] }

/** An interface of more types than this, as Relay's `Node`, says nothing of what an operation is about: only the types that it names count. */
const MANY_TYPES = 8

/** What fields of a type say that it is a thing of its own. */
const ID = 'ID'

/**
 * Derives what an operation touches from its document: the signature text is enough, so nothing else has to be kept (PI-4).
 * @returns nothing where the document does not parse; fields and types that the schema does not know are left out
 */
export function touchedTypes(document: string, schema: GraphQLSchema): TouchedTypes {
  const info = new TypeInfo(schema)
  const roots: ReadonlySet<unknown> = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  const types = new Set<string>()
  const writes = new Set<string>()
  const named: string[] = []
  try {
    visit(
      parse(document, { noLocation: true }),
      visitWithTypeInfo(info, {
        Field: ({ name }) => {
          const parent = info.getParentType()
          if (isObjectType(parent) && parent === schema.getMutationType()) named.push(name.value)
          for (const type of statesOf(parent, schema)) if (!roots.has(type)) types.add(type.name)
        },
        OperationDefinition: ({ operation, selectionSet }) => {
          if (operation !== OperationTypeNode.MUTATION) return
          for (const selection of selectionSet.selections) {
            if (selection.kind !== Kind.FIELD) continue
            const field = schema.getMutationType()?.getFields()[selection.name.value]
            const returned = field === undefined ? undefined : getNamedType(field.type)
            for (const type of returnedBy(returned, schema)) writes.add(type)
          }
        },
      }),
    )
  } catch {
    return NOTHING // not GraphQL, as the text of a REST operation
  }
  for (const name of named) for (const type of namedIn(name, schema)) writes.add(type)
  return { types: [...new Set([...types, ...writes])].toSorted(), writes: [...writes].toSorted() }
}

/** The types with an identity that a selection is made from. */
function statesOf(parent: GraphQLNamedType | null | undefined, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : isObjectType(parent) ? [parent] : []
  return possible.length > MANY_TYPES ? [] : possible.filter(hasIdentity)
}

/** A thing of its own is told by a field of type `ID` or by a federation key. */
function hasIdentity(type: GraphQLObjectType): boolean {
  const isKeyed = type.astNode?.directives?.some(({ name }) => name.value === 'key') ?? false
  return isKeyed || Object.values(type.getFields()).some((field) => getNamedType(field.type).name === ID)
}

/** What a mutation gives back: the type itself, or what its payload holds. */
function returnedBy(type: GraphQLNamedType | undefined, schema: GraphQLSchema): readonly string[] {
  const direct = statesOf(type, schema)
  if (direct.length > 0 || !isObjectType(type)) return direct.map(({ name }) => name)
  return Object.values(type.getFields()).flatMap((field) => statesOf(getNamedType(field.type), schema).map(({ name }) => name))
}

/** Types with an identity whose words a field's name holds; of two within one another the longer: `addOrderItem` is about `OrderItem`. */
function namedIn(field: string, schema: GraphQLSchema): readonly string[] {
  const words = wordsOf(field)
  const found = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && hasIdentity(type) && words.includes(wordsOf(type.name)))
  return found
    .filter(({ name }) => !found.some((other) => other.name !== name && wordsOf(other.name).includes(wordsOf(name))))
    .map(({ name }) => name)
}

/** ` order item ` for `OrderItems`: words in a form in which one text within the other is words within words. */
function wordsOf(name: string): string {
  const words = name.split(/_|(?<=[a-z\d])(?=[A-Z])/).map((word) => word.toLowerCase().replace(/(?<=..)s$/, ''))
  return ` ${words.join(' ')} `
}
