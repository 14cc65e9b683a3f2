import { getNamedType, isInputObjectType, isLeafType, typeFromAST, type GraphQLInputType, type GraphQLSchema } from 'graphql'
import type { Executed } from './executed.ts'
import { readJson } from './json.ts'
import { shapeOf } from './shape.ts'

/** Places that an example tells of; the rest is left out. */
const MAX_PLACES = 50
const MAX_DEPTH = 10
/** Characters of a text that decide its shape. */
const SHAPED_LENGTH = 300

/**
 * Shapes of a request's variables by input coordinate (PI-4): `CreateUserInput.email` is `email`, `$id` is `digits`. Keys that the schema does not know are
 * data, and are left out.
 */
export function variableShapes(executed: Executed, schema: GraphQLSchema | undefined): Readonly<Record<string, string>> {
  const shapes = new Map<string, string>()
  for (const { variable, type } of executed.operation.variableDefinitions ?? []) {
    const name = variable.name.value
    if (!Object.hasOwn(executed.variables, name)) continue
    // The kind of type that a document names is only known from the schema; its own check is that `typeFromAST` found one.
    const known = schema === undefined ? undefined : (typeFromAST(schema, type) as GraphQLInputType | undefined)
    collect(shapes, `$${name}`, executed.variables[name], known, MAX_DEPTH)
  }
  return Object.fromEntries(shapes)
}

function collect(shapes: Map<string, string>, place: string, value: unknown, type: GraphQLInputType | undefined, depth: number): void {
  if (shapes.size >= MAX_PLACES || depth === 0) return
  const named = type === undefined ? undefined : getNamedType(type)
  if (Array.isArray(value) && value.length > 0 && !isLeafType(named)) {
    collect(shapes, place, value[0], type, depth - 1)
    return
  }
  if (typeof value !== 'object' || value === null || !isInputObjectType(named)) {
    shapes.set(place, shapeOfPlain(value))
    return
  }
  const fields = named.getFields()
  for (const [key, member] of Object.entries(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field !== undefined) collect(shapes, `${named.name}.${key}`, member, field.type, depth - 1)
  }
}

function shapeOfPlain(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty-list' : 'list'
  if (typeof value === 'object' && value !== null) return 'object'
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, SHAPED_LENGTH) : value)
  const read = readJson(text, { depth: 1, nodes: 1 })
  return 'json' in read ? shapeOf(read.json) : 'absent'
}
