import type { Example, Group } from '../comparison/group.ts'
import { TOPICS } from '../comparison/places.ts'
import { restNames } from '../comparison/rest-places.ts'
import type { KnownField, Vocabulary } from '../comparison/vocabulary.ts'
import { partsOf } from '../operation/operation.ts'
import type { Names, Place } from './match.ts'

/** The place of a stored difference, by what the group and the example say of it. Aliases are not stored: a field path is that of the response. */
export function placeOf(
  { class: name, coordinate, resolution }: Group,
  example: Example | undefined,
  operation: string,
  vocabularies: readonly (Vocabulary | undefined)[],
): Place {
  const { type, name: rest } = partsOf(operation)
  if (type === 'read' || type === 'write') return restPlaceOf(coordinate, example, rest)
  const isField = resolution !== 'field-path' && resolution !== 'unrequested'
  const isFieldPath = resolution === 'field-path' && coordinate.startsWith(`${type}.`)
  const likely = isFieldPath ? `data${coordinate.slice(type.length)}` : isField ? 'data' : coordinate
  const path = example?.path ?? likely
  const collapsed = path.replaceAll(/\[\d+\]/g, '[]')
  const topic = TOPICS[name]
  const [legacy = coordinate, candidate = legacy] = coordinate.split(' → ')
  const names = isField ? [namesOf(legacy, vocabularies[0]), namesOf(candidate, vocabularies[1])] : [plain(collapsed)]
  return {
    path,
    names,
    ...(isFieldPath ? { fieldPath: coordinate } : {}),
    ...(isField && collapsed.startsWith('data.') ? { fieldPath: `${type}${collapsed.slice('data'.length)}` } : {}),
    ...(topic === undefined ? {} : { topic }),
  }
}

/** Without an example the path is not known; where it has no list in it, the coordinate says it. */
function restPlaceOf(coordinate: string, example: Example | undefined, name: string): Place {
  const inBody = coordinate.startsWith(`${name}: `)
  const path = example?.path ?? (inBody ? coordinate.replace(`${name}: `, 'body.').replace('body.(body)', 'body') : coordinate)
  return { path, names: inBody ? restNames(coordinate) : [plain(coordinate)] }
}

function plain(coordinate: string): Names {
  return { coordinates: [coordinate], interfaceCoordinates: [], directives: [] }
}

/** `Node.id` that the answer did not tell apart is the field of each type that it can be. */
function namesOf(label: string, vocabulary: Vocabulary | undefined): Names {
  const coordinates = label.split('|').flatMap((one) => {
    const [parent = '', field = ''] = one.split('.')
    return (vocabulary?.possible.get(parent) ?? [parent]).map((type) => `${type}.${field}`)
  })
  const fields = coordinates.flatMap((one) => fieldAt(one, vocabulary))
  const [leaf, ...others] = new Set(fields.map((field) => (field.leaf === undefined ? undefined : field.type)))
  return {
    coordinates,
    interfaceCoordinates: fields.flatMap(({ name, interfaces }) => interfaces.map((parent) => `${parent}.${name}`)),
    ...(leaf === undefined || others.length > 0 ? {} : { leafType: leaf }),
    directives: fields.flatMap(({ directives }) => directives),
  }
}

function fieldAt(coordinate: string, vocabulary: Vocabulary | undefined): readonly KnownField[] {
  const [type = '', name = ''] = coordinate.split('.')
  const field = vocabulary?.types.get(type)?.get(name)
  return field === undefined ? [] : [field]
}
