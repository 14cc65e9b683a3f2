import { getNamedType, isLeafType, type GraphQLSchema } from 'graphql'
import type { Place } from '../rules/match.ts'
import type { ComparisonInput, ComparisonSettings } from './compare.ts'
import type { Resolution } from './comparison.ts'
import { executedOf } from './executed.ts'
import type { Json } from './json.ts'
import { interfacesOf, Locator, type Location } from './locate.ts'
import { pathText, type Path } from './path.ts'

/** How a difference is labelled. */
export interface Label {
  readonly path: string
  readonly coordinate: string
  readonly resolution: Resolution
}

/** Finds the schema places of one pair of answers, when asked. */
export interface Places {
  readonly label: (path: Path) => Label
  readonly place: (path: Path) => Place
}

interface Side {
  readonly schema?: GraphQLSchema
  readonly answer?: Json
}

export function createPlaces(
  input: Pick<ComparisonInput, 'document' | 'operationName' | 'variables'>,
  { schemas, parse }: Pick<ComparisonSettings, 'schemas' | 'parse'>,
  legacy: Json | undefined,
  candidate: Json | undefined,
): Places {
  const executed = input.document === undefined ? undefined : executedOf(parse(input.document), input.operationName, input.variables)
  const side = ({ schema, answer }: Side) => {
    const locator = executed === undefined ? undefined : new Locator(executed, schema)
    return (path: Path): Location | undefined => (path[0] === 'data' ? locator?.locate(path, answer) : undefined)
  }
  const left = side({ ...(schemas.legacy === undefined ? {} : { schema: schemas.legacy }), ...(legacy === undefined ? {} : { answer: legacy }) })
  const right = side({ ...(schemas.candidate === undefined ? {} : { schema: schemas.candidate }), ...(candidate === undefined ? {} : { answer: candidate }) })
  const plain = executed === undefined ? undefined : new Locator(executed, undefined)
  return {
    label: (path) => labelOf(path, left(path), right(path)),
    place: (path) => placeOf(path, left(path) ?? right(path), plain?.locate(path, undefined), schemas.legacy ?? schemas.candidate),
  }
}

function labelOf(path: Path, left: Location | undefined, right: Location | undefined): Label {
  const found = preferred(left, right)
  const text = pathText(path)
  if (found === undefined) return { path: text, coordinate: withoutIndexes(text), resolution: 'field-path' }
  const both = left !== undefined && right !== undefined && left.resolution !== 'field-path' && right.resolution !== 'field-path'
  const renamed = both && left.coordinate !== right.coordinate
  return { path: text, coordinate: renamed ? `${left.coordinate} → ${right.coordinate}` : found.coordinate, resolution: found.resolution }
}

/** A side without a schema of its own says less. */
function preferred(left: Location | undefined, right: Location | undefined): Location | undefined {
  return left !== undefined && (left.resolution !== 'field-path' || right === undefined) ? left : right
}

function withoutIndexes(text: string): string {
  return text === '' ? 'answer' : text.replaceAll(/\[\d+\]/g, '[]')
}

function placeOf(path: Path, found: Location | undefined, plain: Location | undefined, schema: GraphQLSchema | undefined): Place {
  const known = found?.fields.filter(({ parent }) => parent !== '') ?? []
  const types = new Set(known.map(({ definition }) => (definition === undefined ? undefined : getNamedType(definition.type))))
  const [type] = types
  return {
    path: pathText(path),
    ...(plain === undefined ? {} : { fieldPath: fieldPathOf(path, plain.coordinate) }),
    coordinates: found === undefined ? [withoutIndexes(pathText(path))] : known.map(({ parent, name }) => `${parent}.${name}`),
    interfaceCoordinates: known.flatMap((field) => interfacesOf(schema, field).map((parent) => `${parent}.${field.name}`)),
    ...(types.size === 1 && isLeafType(type) ? { leafType: type.name } : {}),
    directives: known.flatMap(({ definition }) => definition?.astNode?.directives?.map(({ name }) => name.value) ?? []),
  }
}

/** An element of a list is the list's field with brackets behind it. */
function fieldPathOf(path: Path, fieldPath: string): string {
  return typeof path.at(-1) === 'number' ? `${fieldPath}[]` : fieldPath
}
