import type { GraphQLField, GraphQLSchema } from 'graphql'
import type { Resolution } from './comparison.ts'
import type { Executed } from './executed.ts'
import { member, type Json } from './json.ts'
import type { Path } from './path.ts'
import { definitionOf, Selections, type Found, type State } from './selection.ts'

/** Where a place of an answer is in the schema. */
export interface Location {
  readonly coordinate: string
  readonly resolution: Resolution
  /** All fields that it may be, exact or not: rules and privacy look at each of them. */
  readonly fields: readonly Field[]
  /** Aliases undone and indexes collapsed: `query.users[].name`. */
  readonly fieldPath: string
  /** The whole path is in the document; otherwise this is the place where it leaves it. */
  readonly whole: boolean
}

export interface Field {
  /** Empty where the type is not known. */
  readonly parent: string
  readonly name: string
  readonly definition?: GraphQLField<unknown, unknown>
}

/** Label of what a backend added to an object without being asked. */
const UNREQUESTED = '~unrequested'

/** A type's name (specification section 2.1.9), and no text that stands in its place. */
const NAME = /^[_A-Za-z]\w{0,99}$/

/** A place on the way, with what is known there. */
interface Step {
  /** What an object here can be; none inside a leaf. */
  readonly states: readonly State[]
  /** The value here: the side's own, else the other side's. */
  readonly value: Json | undefined
  readonly other: Json | undefined
  readonly fieldPath: string
  readonly location?: Location
  /** Steps from here that somebody took. */
  next?: Map<string | number, Step>
  /** What the object here is, once somebody asked. */
  narrowed?: Narrowed
}

/** What was asked for under one key, and where that is by how sure it is. */
interface Answer {
  readonly found: readonly Found[]
  readonly states: readonly State[]
  readonly locations: Map<string, Location>
}

/** The states that an object can have, and how sure that is. */
interface Narrowed {
  readonly states: readonly State[]
  readonly resolution: Resolution
  /** The type that it names itself. */
  readonly said?: string
}

/**
 * Finds schema coordinates lazily, one path at a time: a plan of the whole operation could be exponential in its size. What was learnt of a path is kept
 * for its neighbours. Follows section 6 of the semantics; the names in parentheses are its steps and requirements.
 */
export class Locator {
  readonly #selections: Selections
  readonly #root: Step
  /** What was asked for by states and key, and where that is, which is the same for all elements of a list. */
  readonly #asked = new Map<string | number, Map<string, Answer>>()

  /** `answer` is that of the side whose schema it is, `other` stands in where that one has nothing (step 7). */
  constructor(executed: Executed, schema: GraphQLSchema | undefined, answer: Json | undefined, other?: Json) {
    this.#selections = new Selections(executed, schema)
    this.#root = {
      states: [this.#selections.root()],
      value: member(answer, 'data'),
      other: member(other, 'data'),
      fieldPath: executed.operation.operation,
    }
  }

  /** Locates a path that begins with `data`. One that leaves the document is located as far as it goes; nothing where not even its first step is known. */
  locate(path: Path): Location | undefined {
    let step = this.#root
    for (const segment of path.slice(1)) {
      if (step.location?.whole === false) break
      const known = (step.next ??= new Map<string | number, Step>()).get(segment)
      const next: Step = known ?? (typeof segment === 'number' ? element(step, segment) : this.#field(step, segment))
      if (known === undefined) step.next.set(segment, next)
      step = next
    }
    return step.location
  }

  #field(step: Step, key: string): Step {
    const { states, resolution, said } = (step.narrowed ??= this.#narrow(step))
    const { found, states: below, locations } = this.#ask(states, key)
    const [first] = found
    if (first === undefined)
      return { states: step.states, value: step.value, other: step.other, fieldPath: step.fieldPath, ...left(step, states) }
    const sure = `${resolution} ${said ?? ''}`
    const location = locations.get(sure) ?? describe(found, resolution, `${step.fieldPath}.${first.asked.node.name.value}`, said)
    locations.set(sure, location)
    const [value, other] = [member(step.value, key), member(step.other, key)]
    return { states: below, value, other, fieldPath: location.fieldPath, location }
  }

  #ask(states: readonly State[], key: string): Answer {
    const parents = states.length === 1 ? (states[0]?.id ?? '') : states.map(({ id }) => id).join(',')
    const byKey = this.#asked.get(parents) ?? new Map<string, Answer>()
    const known = byKey.get(key)
    if (known !== undefined) return known
    const found = states.flatMap((state) => (this.#selections.collect(state).get(key) ?? []).map((asked) => ({ state, asked })))
    const answer = { found, states: this.#selections.below(found), locations: new Map<string, Location>() }
    this.#asked.set(parents, byKey.set(key, answer))
    return answer
  }

  /** Leaves only the states whose type the object can have, by the `__typename` that was asked for, else by its keys (step 5). */
  #narrow(step: Step): Narrowed {
    const { value, other } = step
    // Where the schema knows one possible parent's field and not another's, it is the known one.
    const typed = step.states.filter(({ type }) => type !== undefined)
    const states = typed.length === 0 ? step.states : typed
    const object = [value, other].find((json) => json?.type === 'object')
    const said = states.map((state) => this.#typename(state, object)).find((name) => name !== undefined)
    const [only] = states
    if (states.length <= 1 && only?.type === undefined) {
      return said === undefined ? { states, resolution: 'field-path' } : { states, resolution: 'typename-only', said }
    }
    if (states.length === 1) return { states, resolution: 'exact' }
    if (said !== undefined) {
      const named = states.filter(({ type }) => type?.name === said)
      return named.length === 0 ? { states, resolution: 'unknown-type' } : { states: named, resolution: 'exact' }
    }
    if (object === undefined) return { states, resolution: 'ambiguous' }
    const fitting = states.filter((state) => hasKeys(object, this.#selections.collect(state)))
    if (fitting.length === 1) return { states: fitting, resolution: 'inferred' }
    return { states: fitting.length > 1 ? fitting : states, resolution: 'ambiguous' }
  }

  /** Decided by the document: a key that happens to be called `__typename` may be an alias of anything. */
  #typename(state: State, object: Json | undefined): string | undefined {
    for (const [key, [asked]] of this.#selections.collect(state)) {
      if (asked?.node.name.value !== '__typename') continue
      const said = member(object, key)
      if (said?.type === 'string' && NAME.test(said.value)) return said.value
    }
    return undefined
  }
}

function element(step: Step, index: number): Step {
  const at = (json: Json | undefined): Json | undefined => (json?.type === 'array' ? json.items[index] : undefined)
  const fieldPath = step.fieldPath.endsWith('[]') ? step.fieldPath : `${step.fieldPath}[]`
  const location = step.location === undefined ? {} : { location: { ...step.location, fieldPath } }
  return { states: step.states, ...location, value: at(step.value), other: at(step.other), fieldPath }
}

/** Where a path leaves the document (steps 4 and 8): what is inside a leaf belongs to the leaf's field. */
function left(step: Step, states: readonly State[]): { readonly location?: Location } {
  if (states.length === 0) return step.location === undefined ? {} : { location: { ...step.location, whole: false } }
  const parents = [...new Set(states.map(({ type }) => type?.name ?? step.fieldPath))]
  return {
    location: {
      coordinate: parents.map((parent) => `${parent}.${UNREQUESTED}`).join('|'),
      resolution: 'unrequested',
      fields: [],
      fieldPath: `${step.fieldPath}.${UNREQUESTED}`,
      whole: false,
    },
  }
}

function describe(found: readonly Found[], resolution: Resolution, fieldPath: string, said: string | undefined): Location {
  const fields = fieldsOf(found, said)
  const at = { fields, fieldPath, whole: true }
  if (resolution === 'field-path') return { coordinate: fieldPath, resolution, ...at }
  const coordinates = fields.map(({ parent, name }) => `${parent}.${name}`)
  const isUnknown = resolution !== 'typename-only' && fields.every(({ definition }) => definition === undefined)
  const [only] = coordinates
  if (coordinates.length === 1 && only !== undefined)
    return { coordinate: only, resolution: isUnknown ? 'unknown-field' : resolution, ...at }
  const [declared, ...others] = new Set(found.map(({ asked }) => asked.declared && `${asked.declared}.${asked.node.name.value}`))
  if (declared === undefined || others.length > 0) return { coordinate: coordinates.join('|'), resolution, ...at }
  return { coordinate: declared, resolution: resolution === 'ambiguous' ? 'declared' : resolution, ...at }
}

function fieldsOf(found: readonly Found[], said: string | undefined): readonly Field[] {
  const fields = new Map<string, Field>()
  for (const { state, asked } of found) {
    const [parent, name] = [state.type?.name ?? said ?? '', asked.node.name.value]
    const definition = definitionOf(state.type, name)
    fields.set(`${parent}.${name}`, { parent, name, ...(definition === undefined ? {} : { definition }) })
  }
  return [...fields.values()]
}

function hasKeys(object: Json, asked: ReadonlyMap<string, unknown>): boolean {
  if (object.type !== 'object' || object.members.length < asked.size) return false
  return object.members.every(({ key }) => asked.has(key)) && new Set(object.members.map(({ key }) => key)).size === asked.size
}
