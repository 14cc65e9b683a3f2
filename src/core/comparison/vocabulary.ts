import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  isScalarType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { directivesOf } from './places.ts'

/** What a schema says of one field, as far as rules can name it. */
export interface KnownField {
  readonly parent: string
  readonly name: string
  /** Name of its type without lists and non-null. */
  readonly type: string
  readonly leaf?: 'scalar' | 'enum'
  readonly isList: boolean
  readonly directives: readonly string[]
  /** Interfaces of the parent that declare it too. */
  readonly interfaces: readonly string[]
}

/** The names of a schema that rules can use. */
export interface Vocabulary {
  /** Fields of objects and interfaces, by type and name. */
  readonly types: ReadonlyMap<string, ReadonlyMap<string, KnownField>>
  /** Types that an object of a type can have; objects have themselves. */
  readonly possible: ReadonlyMap<string, readonly string[]>
  readonly roots: Readonly<Partial<Record<'query' | 'mutation' | 'subscription', string>>>
  readonly scalars: ReadonlySet<string>
  readonly enums: ReadonlySet<string>
}

export function vocabularyOf(schema: GraphQLSchema): Vocabulary {
  const types = Object.values(schema.getTypeMap())
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type))
  const abstract = types.filter(isAbstractType).map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)] as const)
  const root = (operation: 'query' | 'mutation' | 'subscription') => {
    const type = schema.getRootType(operation as Parameters<typeof schema.getRootType>[0])
    return type === undefined || type === null ? {} : { [operation]: type.name }
  }
  return {
    types: new Map(composite.map((type) => [type.name, fieldsOf(type, schema)])),
    possible: new Map<string, readonly string[]>([...composite.map(({ name }) => [name, [name]] as const), ...abstract]),
    roots: { ...root('query'), ...root('mutation'), ...root('subscription') },
    scalars: new Set(types.filter(isScalarType).map(({ name }) => name)),
    enums: new Set(types.filter(isEnumType).map(({ name }) => name)),
  }
}

function fieldsOf(type: GraphQLObjectType | GraphQLInterfaceType, schema: GraphQLSchema): ReadonlyMap<string, KnownField> {
  const interfaces = type.getInterfaces()
  return new Map(
    Object.values(type.getFields()).map((field) => {
      const declaring = interfaces.filter((one) => Object.hasOwn(one.getFields(), field.name)).map(({ name }) => name)
      return [field.name, knownField(type.name, field, declaring, schema)]
    }),
  )
}

function knownField(
  parent: string,
  field: GraphQLField<unknown, unknown>,
  interfaces: readonly string[],
  schema: GraphQLSchema,
): KnownField {
  const type = getNamedType(field.type)
  return {
    parent,
    name: field.name,
    type: type.name,
    ...(isScalarType(type) ? { leaf: 'scalar' } : isEnumType(type) ? { leaf: 'enum' } : {}),
    isList: isListType(getNullableType(field.type)),
    directives: directivesOf(schema, { parent, name: field.name, definition: field }),
    interfaces,
  }
}
