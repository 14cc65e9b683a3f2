import { hash } from 'node:crypto'
import type { Comparison, Difference, DifferenceClass, Resolution } from './comparison.ts'
import { facetsOf, mergeFacets, noiseFacet, type FacetCount } from './facet.ts'
import { PathSet, pathOf, type Path } from './path.ts'
import type { Revealed } from './reveal.ts'

/** A pair of answers kept to show what a difference looks like. Values only where the allow list lets them through. */
export interface Example {
  readonly operation: string
  readonly region: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly path: string
  /** JSON text of the value where it may be kept, else its shape. */
  readonly legacy: string
  readonly candidate: string
  /** Both whole answers, pretty-printed JSON with every value that may not be kept replaced by its shape; cut to a bound. */
  readonly legacyAnswer: string
  readonly candidateAnswer: string
  /** Shapes of the request's variables, by input coordinate: `CreateUserInput.email` is `email`. */
  readonly variables?: Readonly<Record<string, string>>
  /** W3C trace id of the request, where it was traced. */
  readonly traceId?: string
  /** It shows values that somebody revealed for a while: it is removed when that is over. */
  readonly revealed?: Revealed
}

/** Examples kept per group: enough to see a pattern, few enough to bound the store. */
export const EXAMPLES_PER_GROUP = 3

/** All differences with one signature. The signature leaves the operation out: a wrong scalar in 80 operations is one group. */
export interface GroupIdentity {
  /** First 16 hex digits of the sha256 of class, kind, coordinate, shapes and relation. */
  readonly id: string
  readonly class: DifferenceClass
  readonly kind: string
  readonly coordinate: string
  readonly resolution: Resolution
  readonly legacyShape: string
  readonly candidateShape: string
  readonly relation?: string
}

/** How often a group was seen in one operation and region. */
export interface GroupCount {
  readonly operation: string
  readonly region: string
  readonly count: number
  /** Times that legacy disagreed with itself in the same way, by control requests. */
  readonly noise: number
}

/** What was added to a group since the last report. */
export interface GroupDelta extends GroupIdentity {
  readonly counts: readonly GroupCount[]
  /** Counts by client, build and hour; noise has hours of its own. */
  readonly facets: readonly FacetCount[]
  readonly firstSeen: number
  readonly lastSeen: number
  readonly examples: readonly Example[]
}

/** A group as stored: the sum of its deltas. */
export type Group = GroupDelta

/** First 16 hex digits of the hash of what decides which group a difference belongs to (AG-1, AG-2). The operation has no part in it. */
export function groupIdOf({ class: name, kind, coordinate, legacy, candidate, relation }: Difference): string {
  return hash('sha256', JSON.stringify([name, kind, coordinate, legacy.shape, candidate.shape, relation])).slice(0, 16)
}

/** Differences that are counted and are nobody's fault to fix. */
const UNGROUPED: ReadonlySet<DifferenceClass> = new Set(['identical', 'format', 'normalised', 'inconclusive'])

/** Where one of these is, what lies below it is its consequence. */
const ROOT_CAUSES: ReadonlySet<DifferenceClass> = new Set(['nullness', 'type', 'list-membership', 'field-missing', 'field-extra'])

/** The differences that somebody has to look at: without those that another one explains (AG-5). */
export function rootsOf(differences: readonly Difference[]): readonly Difference[] {
  const causes = new PathSet()
  const placed = differences.map((difference) => ({ difference, path: pathOf(difference.path) ?? [difference.path] }))
  for (const { difference, path } of placed) if (ROOT_CAUSES.has(difference.class)) causes.add(path)
  const isExplained = (path: Path, difference: Difference): boolean => {
    // A cause does not explain itself; the answer as a whole has nothing above it.
    if (ROOT_CAUSES.has(difference.class)) return path.length > 0 && causes.covers(path.slice(0, -1))
    return causes.covers(path)
  }
  return placed
    .filter(({ difference, path }) => !UNGROUPED.has(difference.class) && !isExplained(path, difference))
    .map(({ difference }) => difference)
}

/** What lies below a difference that is a root cause, and is explained by it. */
export function consequencesOf(cause: Difference, differences: readonly Difference[]): readonly Difference[] {
  const path = pathOf(cause.path)
  if (!ROOT_CAUSES.has(cause.class) || path === undefined) return []
  const causes = new PathSet()
  causes.add(path)
  return differences.filter((difference) => {
    const below = pathOf(difference.path)
    return difference !== cause && below !== undefined && below.length > path.length && causes.covers(below)
  })
}

/** Groups that one edge keeps between two reports; the differences of further ones are counted in `OVERFLOW`. */
export const MAX_GROUPS = 2_000
/** Groups that one operation may open of them: one with random keys leaves room for the others (AG-6). */
export const MAX_GROUPS_PER_OPERATION = 200

/** Where differences are counted that found no room: a response with random keys must not fill the store. */
export const OVERFLOW: GroupIdentity = {
  id: '~other',
  class: 'value',
  kind: 'overflow',
  coordinate: '~other',
  resolution: 'field-path',
  legacyShape: '',
  candidateShape: '',
}

/** What a group is told about the request in which it was seen. */
export interface Sighting {
  readonly operation: string
  readonly region: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `noise` where legacy was compared with itself. */
  readonly count: 'count' | 'noise'
  /** Name that the client gives itself, and the candidate's build; absent where they say none. */
  readonly client?: string
  readonly build?: string
  /** Makes the example of a difference; asked only where one is still wanted. Absent where none may be kept. */
  readonly example?: (difference: Difference) => Example
}

/** Groups while they are being counted, on one thread. */
export class Groups {
  #groups = new Map<string, GroupDelta>()
  /** Groups that each operation opened. */
  #opened = new Map<string, number>()

  add({ differences }: Comparison, sighting: Sighting): void {
    // Of differences with one signature the first is the example.
    const roots = new Map(
      rootsOf(differences)
        .toReversed()
        .map((difference) => [groupIdOf(difference), difference]),
    )
    // A field that is wrong in forty elements of one answer is one sighting. So is all that finds no room.
    let hasOverflown = false
    for (const [id, difference] of roots) {
      const hasRoom = this.#groups.has(id) || this.#open(sighting.operation)
      if (!hasRoom && hasOverflown) continue
      if (hasRoom) this.#count({ ...identityOf(difference), id }, sighting, difference)
      else this.#count(OVERFLOW, sighting)
      hasOverflown ||= !hasRoom
    }
  }

  take(): readonly GroupDelta[] {
    const taken = [...this.#groups.values()]
    this.#groups = new Map()
    this.#opened = new Map()
    return taken
  }

  /** Takes the room of one more group, if there is any. */
  #open(operation: string): boolean {
    const opened = this.#opened.get(operation) ?? 0
    if (this.#groups.size >= MAX_GROUPS || opened >= MAX_GROUPS_PER_OPERATION) return false
    this.#opened.set(operation, opened + 1)
    return true
  }

  #count(identity: GroupIdentity, sighting: Sighting, difference?: Difference): void {
    const { operation, region, at, count, example } = sighting
    const known = this.#groups.get(identity.id)
    const counts = [{ operation, region, count: 0, noise: 0, [count]: 1 }]
    const isWanted = count === 'count' && (known?.examples.length ?? 0) < EXAMPLES_PER_GROUP
    const examples = isWanted && difference !== undefined && example !== undefined ? [example(difference)] : []
    const facets = count === 'count' ? facetsOf(sighting) : [noiseFacet(at)]
    const delta = { ...identity, counts, facets, firstSeen: at, lastSeen: at, examples }
    this.#groups.set(identity.id, known === undefined ? delta : mergeGroup(known, delta))
  }
}

function identityOf(difference: Difference): Omit<GroupIdentity, 'id'> {
  return {
    class: difference.class,
    kind: difference.kind,
    coordinate: difference.coordinate,
    resolution: difference.resolution,
    legacyShape: difference.legacy.shape,
    candidateShape: difference.candidate.shape,
    ...(difference.relation === undefined ? {} : { relation: difference.relation }),
  }
}

/** The examples that a group keeps: those for which somebody is looking, by the newest reveal, then the earliest. */
export function keptExamples(examples: readonly Example[]): readonly Example[] {
  const since = ({ revealed }: Example): number => revealed?.since ?? 0
  return examples.toSorted((a, b) => since(b) - since(a) || a.at - b.at).slice(0, EXAMPLES_PER_GROUP)
}

/** Adds two deltas of one group. */
export function mergeGroup(a: GroupDelta, b: GroupDelta): GroupDelta {
  const counts = new Map(a.counts.map((count) => [`${count.operation}\n${count.region}`, count]))
  for (const count of b.counts) {
    const key = `${count.operation}\n${count.region}`
    const known = counts.get(key)
    counts.set(key, known === undefined ? count : { ...known, count: known.count + count.count, noise: known.noise + count.noise })
  }
  return {
    ...a,
    counts: [...counts.values()],
    facets: mergeFacets(a.facets, b.facets),
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
    examples: keptExamples([...a.examples, ...b.examples]),
  }
}

/**
 * One delta a group.
 * @param most of them; what further ones count is counted in `OVERFLOW`
 */
export function mergeGroups(groups: readonly GroupDelta[], most = Infinity): readonly GroupDelta[] {
  const merged = new Map<string, GroupDelta>()
  for (const one of groups) {
    const hasRoom = merged.size < most || merged.has(one.id)
    const group = hasRoom ? one : { ...one, ...OVERFLOW, examples: [] }
    const known = merged.get(group.id)
    merged.set(group.id, known === undefined ? group : mergeGroup(known, group))
  }
  return [...merged.values()]
}
