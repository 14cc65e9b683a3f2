import {
  isAbstractType,
  isObjectType,
  isInterfaceType,
  getNamedType,
  Kind,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Resolution } from './comparison.ts'
import { member, type Json } from './json.ts'
import type { Path } from './path.ts'

/** The operation that ran, with what decides which of its fields were asked for. */
export interface Executed {
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Readonly<Record<string, unknown>>
}

/** Where a place of an answer is in the schema. */
export interface Location {
  readonly coordinate: string
  readonly resolution: Resolution
  /** All fields that it may be, exact or not: rules and privacy look at each of them. */
  readonly fields: readonly Field[]
  /** The whole path is in the document; otherwise this is the place where it leaves it. */
  readonly whole: boolean
}

export interface Field {
  readonly parent: string
  readonly name: string
  readonly definition?: GraphQLField<unknown, unknown>
}

/** A possible parent type of an object, with the selections that apply to it. */
interface State {
  /** Absent where no schema is known. */
  readonly type?: GraphQLObjectType
  readonly sets: readonly DeclaredSet[]
}

/** Selections, and the type under whose name the document makes them. */
interface DeclaredSet {
  readonly set: SelectionSetNode
  readonly declared?: string
}

/** Hostile documents cannot make one look-up visit more selections than this. */
const MAX_VISITS = 20_000

/**
 * Finds schema coordinates lazily, one path at a time: a plan of the whole operation could be exponential in its size. Follows section 6 of the
 * semantics. The answer of the side itself decides the types where the document asked for `__typename`.
 */
export class Locator {
  readonly #executed: Executed
  readonly #schema: GraphQLSchema | undefined
  #visits = 0

  constructor(executed: Executed, schema: GraphQLSchema | undefined) {
    this.#executed = executed
    this.#schema = schema
  }

  /**
   * Locates a path that begins with `data`, on a side whose answer is `answer`. A path that leaves the document is located as far as it goes; `undefined`
   * where not even its first step is known.
   */
  locate(path: Path, answer: Json | undefined): Location | undefined {
    this.#visits = 0
    const { operation } = this.#executed
    const root = this.#schema?.getRootType(operation.operation) ?? undefined
    const set = operation.selectionSet
    let states: readonly State[] = [root === undefined ? { sets: [{ set }] } : { type: root, sets: [{ set, declared: root.name }] }]
    let value = member(answer, 'data')
    let location: Location | undefined
    let fieldPath: string = operation.operation
    for (const segment of path.slice(1)) {
      if (typeof segment === 'number') {
        value = value?.type === 'array' ? value.items[segment] : undefined
        fieldPath = fieldPath.endsWith('[]') ? fieldPath : `${fieldPath}[]`
        continue
      }
      const narrowed = this.#narrow(states, value)
      const found = narrowed.states.flatMap((state) => this.#fields(state, segment).map((asked) => ({ state, asked })))
      if (found.length === 0) return location === undefined ? undefined : { ...location, whole: false }
      fieldPath = `${fieldPath}.${found[0]?.asked.node.name.value ?? segment}`
      location = this.#describe(found, narrowed.resolution, fieldPath, segment)
      value = member(value, segment)
      states = this.#childStates(found)
    }
    return location
  }

  #describe(found: readonly { state: State; asked: Asked }[], resolution: Resolution, fieldPath: string, key: string): Location {
    if (this.#schema === undefined) {
      const name = found[0]?.asked.node.name.value ?? key
      return { coordinate: fieldPath, resolution: 'field-path', fields: [{ parent: '', name }], whole: true }
    }
    const fields = uniqueFields(found)
    const coordinates = fields.map(({ parent, name }) => `${parent}.${name}`)
    if (coordinates.length === 1) return { coordinate: coordinates[0] ?? fieldPath, resolution, fields, whole: true }
    const declared = [...new Set(found.map(({ asked }) => asked.declared && `${asked.declared}.${asked.node.name.value}`))]
    return declared.length === 1 && declared[0] !== undefined
      ? { coordinate: declared[0], resolution: 'declared', fields, whole: true }
      : { coordinate: coordinates.join('|'), resolution: 'ambiguous', fields, whole: true }
  }

  /** Leaves only the states whose type the object can have, by the `__typename` that was asked for, else by its keys. */
  #narrow(states: readonly State[], value: Json | undefined): { states: readonly State[]; resolution: Resolution } {
    if (this.#schema === undefined) return { states, resolution: 'field-path' }
    if (states.length <= 1) return { states, resolution: 'exact' }
    const named = states.filter((state) => this.#sayTypename(state, value) === state.type?.name)
    if (named.length === 1) return { states: named, resolution: 'exact' }
    if (value?.type !== 'object') return { states, resolution: 'ambiguous' }
    const keys = new Set(value.members.map(({ key }) => key))
    const fitting = states.filter((state) => sameSet(this.#responseKeys(state), keys))
    if (fitting.length === 1) return { states: fitting, resolution: 'inferred' }
    return { states: fitting.length > 1 ? fitting : states, resolution: 'ambiguous' }
  }

  #sayTypename(state: State, value: Json | undefined): string | undefined {
    for (const { node } of this.#collect(state)) {
      if (node.name.value !== '__typename') continue
      const said = member(value, node.alias?.value ?? node.name.value)
      return said?.type === 'string' ? said.value : undefined
    }
    return undefined
  }

  #responseKeys(state: State): ReadonlySet<string> {
    return new Set(this.#collect(state).map(({ node }) => node.alias?.value ?? node.name.value))
  }

  #fields(state: State, key: string): readonly Asked[] {
    return this.#collect(state).filter(({ node }) => (node.alias?.value ?? node.name.value) === key)
  }

  /** The fields that execution would collect for a state: fragments once each, directives obeyed. */
  #collect(state: State): readonly Asked[] {
    const asked: Asked[] = []
    const seen = new Set<string>()
    const waiting = state.sets.toReversed()
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const selection of next.set.selections) {
        this.#visits += 1
        if (this.#visits > MAX_VISITS) return asked
        if (!this.#isIncluded(selection.directives)) continue
        if (selection.kind === Kind.FIELD) {
          asked.push({ node: selection, ...(next.declared === undefined ? {} : { declared: next.declared }) })
          continue
        }
        const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#executed.fragments.get(selection.name.value) : selection
        if (fragment === undefined || (selection.kind === Kind.FRAGMENT_SPREAD && seen.has(selection.name.value))) continue
        if (selection.kind === Kind.FRAGMENT_SPREAD) seen.add(selection.name.value)
        const condition = fragment.typeCondition?.name.value
        const declared = condition ?? next.declared
        if (this.#applies(condition, state.type)) waiting.push({ set: fragment.selectionSet, ...(declared === undefined ? {} : { declared }) })
      }
    }
    return asked
  }

  #applies(condition: string | undefined, type: GraphQLObjectType | undefined): boolean {
    if (condition === undefined || type === undefined || this.#schema === undefined) return true
    const wanted = this.#schema.getType(condition)
    return wanted === type || (isAbstractType(wanted) && this.#schema.isSubType(wanted, type))
  }

  #isIncluded(directives: readonly DirectiveNode[] | undefined): boolean {
    return (directives ?? []).every(({ name, arguments: args }) => {
      const condition = args?.find((argument) => argument.name.value === 'if')?.value
      const value =
        condition?.kind === Kind.VARIABLE ? this.#executed.variables[condition.name.value] : condition?.kind === Kind.BOOLEAN ? condition.value : undefined
      return name.value === 'skip' ? value !== true : name.value !== 'include' || value !== false
    })
  }

  #childStates(found: readonly { state: State; asked: Asked }[]): readonly State[] {
    const byType = new Map<string, { type?: GraphQLObjectType; sets: DeclaredSet[] }>()
    for (const { state, asked } of found) {
      const set = asked.node.selectionSet
      if (set === undefined) continue
      const type = this.#fieldType(state, asked.node)
      const declared = type === undefined ? { set } : { set, declared: type.name }
      for (const possible of this.#possibleTypes(type)) {
        const known = byType.get(possible?.name ?? '') ?? { ...(possible === undefined ? {} : { type: possible }), sets: [] }
        known.sets.push(declared)
        byType.set(possible?.name ?? '', known)
      }
    }
    return [...byType.values()]
  }

  #fieldType(state: State, node: FieldNode): GraphQLNamedType | undefined {
    const definition = state.type?.getFields()[node.name.value]
    return definition === undefined ? undefined : getNamedType(definition.type)
  }

  #possibleTypes(type: GraphQLNamedType | undefined): readonly (GraphQLObjectType | undefined)[] {
    if (this.#schema === undefined) return [undefined]
    if (isObjectType(type)) return [type]
    return isAbstractType(type) ? this.#schema.getPossibleTypes(type) : []
  }
}

/** A field as asked for, with the type under whose name the document asks it. */
interface Asked {
  readonly node: FieldNode
  readonly declared?: string
}

function uniqueFields(found: readonly { state: State; asked: Asked }[]): readonly Field[] {
  const fields = new Map<string, Field>()
  for (const { state, asked } of found) {
    const [parent, name] = [state.type?.name ?? '', asked.node.name.value]
    const definition = state.type?.getFields()[name]
    fields.set(`${parent}.${name}`, { parent, name, ...(definition === undefined ? {} : { definition }) })
  }
  return [...fields.values()]
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((key) => b.has(key))
}

/** The interfaces that declare a field of this type, for rules and directives given there. */
export function interfacesOf(schema: GraphQLSchema | undefined, { parent, name }: Field): readonly string[] {
  const type = schema?.getType(parent)
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return type
    .getInterfaces()
    .filter((candidate) => candidate.getFields()[name] !== undefined)
    .map((candidate) => candidate.name)
}
