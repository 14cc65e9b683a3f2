import type { TouchedTypes } from '../operation/touched-types.ts'

/** An operation with the types that it touches. */
export interface TouchingOperation extends TouchedTypes {
  /** Without its signature: `query:GetOrder`. */
  readonly operation: string
}

/** A type that holds a group together. */
export interface SharedType {
  readonly type: string
  readonly operations: readonly string[]
  /** Those of the operations that write it. */
  readonly writers: readonly string[]
}

/** Operations that share state, so that moving one without the others may show a list without the thing that it lists (hazard H2). */
export interface ProposedGroup {
  /** After the type that most of them share. */
  readonly name: string
  readonly operations: readonly string[]
  readonly types: readonly SharedType[]
}

export interface Proposal {
  readonly groups: readonly ProposedGroup[]
  /** Types that so many operations touch in passing that they hold nothing together but what is about them alone. */
  readonly hubs: readonly string[]
}

/** A group of up to so many operations is left as it is, and one of up to this share of all of them. */
const LEAST_GREAT = 8
const GREAT_SHARE = 0.25

/**
 * Proposes consistency groups: operations that touch a type in common belong together. A mutation belongs to what it writes, whatever else it returns.
 *
 * In a schema that is one graph this alone would make one group of everything, by `User` if by nothing else. So where a group would be great, the type that most of its operations
 * touch becomes a **hub**, until no great group is left. A hub holds together what is about hubs alone: `GetUser` and `UpdateUser`, and not every operation that shows an author.
 * Does not depend on the order in which operations come.
 */
export function proposeGroups(operations: readonly TouchingOperation[]): Proposal {
  const touching = merged(operations)
  const great = Math.max(LEAST_GREAT, touching.length * GREAT_SHARE)
  const usage = usageOf(touching)
  const hubs = new Set<string>()
  for (;;) {
    const groups = connected(touching, hubs, usage)
    const hub = groups.filter(({ length }) => length > great).flatMap((group) => mostTouched(group, hubs))[0]
    if (hub === undefined) {
      const proposed = groups.filter(({ length }) => length > 1).map((group) => describe(group, hubs, usage))
      return { groups: proposed.toSorted((a, b) => compare(a.name, b.name)), hubs: [...hubs].toSorted() }
    }
    hubs.add(hub)
  }
}

/** All versions of an operation as one: plans and flags name them so. */
function merged(operations: readonly TouchingOperation[]): readonly TouchingOperation[] {
  const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].toSorted()
  return [...Map.groupBy(operations, ({ operation }) => operation)]
    .map(([operation, versions]) => ({
      operation,
      types: union(versions.map(({ types }) => types)),
      writes: union(versions.map(({ writes }) => writes)),
    }))
    .toSorted((a, b) => compare(a.operation, b.operation))
}

/** By how many operations each type is touched. */
function usageOf(operations: readonly TouchingOperation[]): ReadonlyMap<string, number> {
  const usage = new Map<string, number>()
  for (const { types } of operations) for (const type of types) usage.set(type, (usage.get(type) ?? 0) + 1)
  return usage
}

/** The types by which an operation belongs to others: those that are no hubs, else the hub that the fewest touch. */
function bonds({ types, writes }: TouchingOperation, hubs: ReadonlySet<string>, usage: ReadonlyMap<string, number>): readonly string[] {
  const own = writes.length > 0 ? writes : types
  const close = own.filter((type) => !hubs.has(type))
  if (close.length > 0) return close
  return own.toSorted((a, b) => (usage.get(a) ?? 0) - (usage.get(b) ?? 0) || compare(a, b)).slice(0, 1)
}

/** Operations that hang together by their bonds. */
function connected(
  operations: readonly TouchingOperation[],
  hubs: ReadonlySet<string>,
  usage: ReadonlyMap<string, number>,
): readonly (readonly TouchingOperation[])[] {
  const bondsOf = new Map(operations.map((one) => [one, bonds(one, hubs, usage)]))
  const boundBy = new Map<string, TouchingOperation[]>()
  for (const [one, types] of bondsOf) for (const type of types) boundBy.set(type, [...(boundBy.get(type) ?? []), one])
  const left = new Set(operations)
  return operations.flatMap((first) => {
    if (!left.delete(first)) return []
    const group = new Set([first])
    // A set that grows while it is walked.
    for (const one of group) {
      for (const type of bondsOf.get(one) ?? []) {
        for (const other of boundBy.get(type) ?? []) group.add(other)
        boundBy.delete(type)
      }
    }
    for (const one of group) left.delete(one)
    return [[...group]]
  })
}

/** The type to be the next hub of a great group; none where hubs alone hold it together. */
function mostTouched(group: readonly TouchingOperation[], hubs: ReadonlySet<string>): readonly string[] {
  const own = usageOf(group.map(({ writes, types, operation }) => ({ operation, writes, types: writes.length > 0 ? writes : types })))
  const shared = [...own].filter(([type, count]) => count > 1 && !hubs.has(type))
  return shared.toSorted(([a, m], [b, n]) => n - m || compare(a, b)).map(([type]) => type)
}

function describe(group: readonly TouchingOperation[], hubs: ReadonlySet<string>, usage: ReadonlyMap<string, number>): ProposedGroup {
  const types = [...new Set(group.flatMap((one) => bonds(one, hubs, usage)))].map((type): SharedType => {
    const bound = group.filter((one) => bonds(one, hubs, usage).includes(type))
    return { type, operations: names(bound), writers: names(bound.filter(({ writes }) => writes.includes(type))) }
  })
  const shared = types.filter(({ operations }) => operations.length > 1)
  const sorted = shared.toSorted((a, b) => b.operations.length - a.operations.length || compare(a.type, b.type))
  return { name: sorted[0]?.type ?? '', operations: names(group), types: sorted }
}

function names(operations: readonly TouchingOperation[]): readonly string[] {
  return operations.map(({ operation }) => operation).toSorted(compare)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
