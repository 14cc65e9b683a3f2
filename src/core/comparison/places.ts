import { getNamedType, isInterfaceType, isLeafType, isObjectType, type GraphQLSchema } from 'graphql'
import type { Names, Place } from '../rules/match.ts'
import type { ComparisonInput, ComparisonSettings } from './compare.ts'
import type { DifferenceClass, Resolution } from './comparison.ts'
import { executedOf } from './executed.ts'
import { Given } from './given.ts'
import type { Json } from './json.ts'
import { Locator, type Field, type Location } from './locate.ts'
import { pathText, type Path } from './path.ts'

/** How a difference is labelled. */
interface Label {
  readonly path: string
  readonly coordinate: string
  readonly resolution: Resolution
  readonly safePath?: string
}

/** Finds the schema places of one pair of answers, when asked. */
export interface Places {
  readonly label: (path: Path) => Label
  readonly place: (path: Path, name: DifferenceClass, kind?: string) => Place
  /** An error's text without what the client gave. */
  readonly hide: (text: string) => string
}

/** What rules call a difference that is not about the value at its place. */
export const TOPICS: Readonly<Partial<Record<DifferenceClass, string>>> = {
  'error-text': 'errors.text',
  'error-code': 'errors.code',
  'error-path': 'errors.path',
  'error-presence': 'errors.presence',
  'error-location': 'errors.locations',
}

/** Kinds that are about errors, of classes that are not. */
const TOPICS_OF_KINDS: Readonly<Record<string, string>> = {
  'error-order': 'errors.order',
  'error-extensions': 'errors.extensions',
  'error-members': 'errors.extensions',
}

export function createPlaces(
  input: Pick<ComparisonInput, 'document' | 'operation' | 'operationName' | 'variables'>,
  { schemas, parse }: Pick<ComparisonSettings, 'schemas' | 'parse'>,
  legacy?: Json,
  candidate?: Json,
): Places {
  const document = input.document === undefined ? undefined : parse(input.document)
  const executed = executedOf(document, input.operationName, input.variables)
  const left = executed === undefined ? undefined : new Locator(executed, schemas.legacy, legacy, candidate)
  const right = executed === undefined ? undefined : new Locator(executed, schemas.candidate, candidate, legacy)
  const locate = (locator: Locator | undefined, path: Path): Location | undefined =>
    path[0] === 'data' ? locator?.locate(path) : undefined
  const given = new Given(executed)
  const safe = (path: Path): Path => safePart(path, (part) => (locate(left, part) ?? locate(right, part))?.whole === true)
  // Without an operation nobody can tell which keys it asked for: such answers come from files, whose owner sees them whole.
  const isOpen = executed === undefined && input.operation === undefined
  return {
    hide: (text) => given.hide(text),
    label: (path) => {
      const [here, there] = [locate(left, path), locate(right, path)]
      const text = pathText(path)
      // What the document asks for as a whole it asks for part by part.
      const safePath = (here ?? there)?.whole === true ? text : pathText(safe(path))
      const label = labelOf(text, here, there, isOpen ? text : safePath)
      return safePath === text ? label : { ...label, safePath }
    },
    place: (path, name, kind = '') => {
      const found = [locate(left, path), locate(right, path)]
      const names = [namesOf(found[0], schemas.legacy), namesOf(found[1], schemas.candidate)].filter((side) => side !== undefined)
      const topic = TOPICS[name] ?? TOPICS_OF_KINDS[kind]
      const text = pathText(path)
      return {
        path: text,
        ...(found[0]?.whole === true || isInLeaf(found[0]) ? { fieldPath: found[0].fieldPath } : {}),
        names: names.length > 0 ? names : [{ coordinates: [withoutIndexes(text)], interfaceCoordinates: [], directives: [] }],
        ...(topic === undefined ? {} : { topic }),
        ...(found.some(isInLeaf) ? { isInside: true } : {}),
      }
    },
  }
}

/** Members of an answer and parts of a head that the specification names. */
const PARTS = /^(data|errors|status|header:[\w-]+)$/

/** A path as far as the document asked for it: keys behind it may be data themselves (PI-6). */
export function safePart(path: Path, isAsked: (part: Path) => boolean): Path {
  // Below `extensions` there are only the keys that rules name.
  if (path[0] === 'extensions') return path
  if (path[0] !== 'data') return path.slice(0, PARTS.test(String(path[0])) ? 1 : 0)
  const end = path.findIndex((segment, index) => typeof segment === 'string' && index > 0 && !isAsked(path.slice(0, index + 1)))
  return end === -1 ? path : path.slice(0, end)
}

/** `fallback` is the text for what no schema and no document knows. */
function labelOf(text: string, left: Location | undefined, right: Location | undefined, fallback: string): Label {
  const found = isBySchema(left) || !isBySchema(right) ? (left ?? right) : right
  if (found === undefined) return { path: text, coordinate: withoutIndexes(fallback), resolution: 'field-path' }
  const isRenamed = isBySchema(left) && isBySchema(right) && left?.coordinate !== right?.coordinate
  return {
    path: text,
    coordinate: isRenamed ? `${left?.coordinate} → ${right?.coordinate}` : found.coordinate,
    resolution: found.resolution,
  }
}

/** A side without a schema of its own says less. */
const WITHOUT_SCHEMA: ReadonlySet<Resolution> = new Set(['field-path', 'typename-only'])

function isBySchema(location: Location | undefined): boolean {
  return location !== undefined && !WITHOUT_SCHEMA.has(location.resolution)
}

/** A path as text for all elements of its lists. */
export function withoutIndexes(text: string): string {
  return text === '' ? 'answer' : text.replaceAll(/\[\d+\]/g, '[]')
}

/** Everything inside the value of a leaf belongs to its field (step 4). */
function isInLeaf(location: Location | undefined): location is Location {
  return location?.whole === false && location.fields.length > 0
}

/** Every name under which a rule may mean a place, in one side's schema. None of a place that is not in the document. */
function namesOf(location: Location | undefined, schema: GraphQLSchema | undefined): Names | undefined {
  if (location?.whole !== true && !isInLeaf(location)) return undefined
  const known = location.fields.filter(({ parent }) => parent !== '')
  if (known.length === 0) return undefined
  const [type, ...others] = new Set(known.map(({ definition }) => (definition === undefined ? undefined : getNamedType(definition.type))))
  return {
    coordinates: known.map(({ parent, name }) => `${parent}.${name}`),
    interfaceCoordinates: known.flatMap((field) => interfacesOf(schema, field).map((parent) => `${parent}.${field.name}`)),
    ...(others.length === 0 && isLeafType(type) ? { leafType: type.name } : {}),
    directives: known.flatMap((field) => directivesOf(schema, field)),
  }
}

/** The interfaces that declare a field of this type: rules and directives given there hold for it (step 9). */
function interfacesOf(schema: GraphQLSchema | undefined, { parent, name }: Field): readonly string[] {
  const type = schema?.getType(parent)
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  const declaring = type.getInterfaces().filter((candidate) => Object.hasOwn(candidate.getFields(), name))
  return declaring.map((candidate) => candidate.name)
}

/** Names of the directives on a field in the SDL, and on the same field of its interfaces. */
export function directivesOf(schema: GraphQLSchema | undefined, field: Field): readonly string[] {
  const inherited = interfacesOf(schema, field).map((parent) => schema?.getType(parent))
  const definitions = [field.definition, ...inherited.map((type) => (isInterfaceType(type) ? type.getFields()[field.name] : undefined))]
  return definitions.flatMap((definition) => definition?.astNode?.directives?.map(({ name }) => name.value) ?? [])
}
