import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type DirectiveNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Executed } from './executed.ts'

/** A possible parent type of an object, with the selections that apply to it. */
export interface State {
  /** Distinguishes states, for those who remember what they learnt of one. */
  readonly id: number
  /** Absent where no schema is known, or where it does not know the field above. */
  readonly type?: GraphQLObjectType
  readonly sets: readonly DeclaredSet[]
}

/** Selections, and the type under whose name the document makes them. */
interface DeclaredSet {
  readonly set: SelectionSetNode
  readonly declared?: string
}

/** A field as asked for, with the type under whose name the document asks it. */
export interface Asked {
  readonly node: FieldNode
  readonly declared?: string
}

/** What was asked for under one response key, by one of the possible parents. */
export interface Found {
  readonly state: State
  readonly asked: Asked
}

type Field = GraphQLField<unknown, unknown>

/** Fields that every object or the root has by the specification (section 4), in no type's own list. */
const META: ReadonlyMap<string, Field> = new Map(
  [TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef].map((field: Field) => [field.name, field]),
)

export function definitionOf(type: GraphQLObjectType | undefined, name: string): Field | undefined {
  if (type === undefined) return undefined
  const fields = type.getFields()
  return Object.hasOwn(fields, name) ? fields[name] : META.get(name)
}

/** Hostile documents cannot make one comparison visit more selections than this: some tens of milliseconds. */
const MAX_VISITS = 500_000

/** Collects the fields of one operation as execution does, as far as somebody asks. */
export class Selections {
  readonly #executed: Executed
  readonly #schema: GraphQLSchema | undefined
  readonly #collected = new Map<State, ReadonlyMap<string, readonly Asked[]>>()
  #visits = 0
  #states = 0

  constructor(executed: Executed, schema: GraphQLSchema | undefined) {
    this.#executed = executed
    this.#schema = schema
  }

  root(): State {
    const { operation, selectionSet: set } = this.#executed.operation
    const type = this.#schema?.getRootType(operation) ?? undefined
    return this.#state(type, [type === undefined ? { set } : { set, declared: type.name }])
  }

  /** What was asked for of a state, by response key: fragments once each, directives obeyed, repeated fields together. */
  collect(state: State): ReadonlyMap<string, readonly Asked[]> {
    const known = this.#collected.get(state)
    if (known !== undefined) return known
    const fields = Map.groupBy(this.#visit(state), ({ node }) => node.alias?.value ?? node.name.value)
    this.#collected.set(state, fields)
    return fields
  }

  /** The states of the objects below a field, one for each type that they can have. None for a leaf. */
  below(found: readonly Found[]): readonly State[] {
    const setsOf = new Map<GraphQLObjectType | undefined, Map<SelectionSetNode, DeclaredSet>>()
    for (const { state, asked } of found) {
      const set = asked.node.selectionSet
      if (set === undefined) continue
      const definition = definitionOf(state.type, asked.node.name.value)
      const type = definition === undefined ? undefined : getNamedType(definition.type)
      const possible = isAbstractType(type) ? (this.#schema?.getPossibleTypes(type) ?? []) : [isObjectType(type) ? type : undefined]
      for (const parent of possible) {
        const sets = setsOf.get(parent) ?? new Map<SelectionSetNode, DeclaredSet>()
        // Once each: several parents with one child type would double the sets at every level.
        sets.set(set, type === undefined ? { set } : { set, declared: type.name })
        setsOf.set(parent, sets)
      }
    }
    return [...setsOf].map(([type, sets]) => this.#state(type, [...sets.values()]))
  }

  #state(type: GraphQLObjectType | undefined, sets: readonly DeclaredSet[]): State {
    this.#states += 1
    return { id: this.#states, sets, ...(type === undefined ? {} : { type }) }
  }

  #visit(state: State): readonly Asked[] {
    const asked: Asked[] = []
    const spread = new Set<string>()
    const waiting = state.sets.toReversed()
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const selection of next.set.selections) {
        this.#visits += 1
        if (this.#visits > MAX_VISITS) return asked
        if (!this.#isIncluded(selection.directives)) continue
        if (selection.kind === Kind.FIELD) asked.push({ ...next, node: selection })
        else waiting.push(...this.#opened(selection, next, state, spread))
      }
    }
    return asked
  }

  #opened(selection: Exclude<SelectionNode, FieldNode>, { declared }: DeclaredSet, { type }: State, spread: Set<string>): DeclaredSet[] {
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#executed.fragments.get(selection.name.value) : selection
    if (fragment === undefined || (name !== undefined && spread.has(name))) return []
    if (name !== undefined) spread.add(name)
    const condition = fragment.typeCondition?.name.value
    if (!this.#applies(condition, type)) return []
    const under = condition ?? declared
    return [{ set: fragment.selectionSet, ...(under === undefined ? {} : { declared: under }) }]
  }

  #applies(condition: string | undefined, type: GraphQLObjectType | undefined): boolean {
    if (condition === undefined || type === undefined || condition === type.name) return true
    const wanted = this.#schema?.getType(condition)
    return isAbstractType(wanted) && this.#schema?.isSubType(wanted, type) === true
  }

  /** `@skip` and `@include` (specification section 3.13). A variable that is missing skips nothing: servers disagree on it. */
  #isIncluded(directives: readonly DirectiveNode[] = []): boolean {
    return directives.every(({ name, arguments: args }) => {
      const condition = args?.find((argument) => argument.name.value === 'if')?.value
      const isVariable = condition?.kind === Kind.VARIABLE && Object.hasOwn(this.#executed.variables, condition.name.value)
      const value = isVariable
        ? this.#executed.variables[condition.name.value]
        : condition?.kind === Kind.BOOLEAN
          ? condition.value
          : undefined
      return name.value === 'skip' ? value !== true : name.value !== 'include' || value !== false
    })
  }
}
