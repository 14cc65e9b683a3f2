import { hash } from 'node:crypto'
import type { Comparison, Difference, DifferenceClass, Resolution } from './comparison.ts'

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
  /** W3C trace id of the request, where it was traced. */
  readonly traceId?: string
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
  readonly firstSeen: number
  readonly lastSeen: number
  readonly examples: readonly Example[]
}

/** A group as stored: the sum of its deltas. */
export type Group = GroupDelta

/** The parts of a difference that decide which group it belongs to, in the order in which they are hashed. */
function signatureParts(difference: Difference): readonly string[] {
  return [
    difference.class,
    difference.kind,
    difference.coordinate,
    difference.legacy.shape,
    difference.candidate.shape,
    difference.relation ?? '',
  ]
}

/** Differences that are counted and are nobody's fault to fix. */
const UNGROUPED: ReadonlySet<DifferenceClass> = new Set(['identical', 'format', 'normalised', 'inconclusive'])

/** Groups that one edge keeps between two reports; the differences of further ones are counted in `OVERFLOW`. */
export const MAX_GROUPS = 2_000

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
  /** Makes the example of a difference; asked only where one is still wanted. */
  readonly example: (difference: Difference) => Example
}

/** Groups while they are being counted, on one thread. */
export class Groups {
  #groups = new Map<string, GroupDelta>()

  add({ differences }: Comparison, sighting: Sighting): void {
    const seen = new Set<string>()
    for (const difference of differences) {
      if (UNGROUPED.has(difference.class)) continue
      const id = hash('sha256', signatureParts(difference).join('\n')).slice(0, 16)
      // A field that is wrong in forty elements of one answer is one sighting.
      if (!seen.has(id)) this.#count(id, difference, sighting)
      seen.add(id)
    }
  }

  take(): readonly GroupDelta[] {
    const taken = [...this.#groups.values()]
    this.#groups = new Map()
    return taken
  }

  #count(id: string, difference: Difference, sighting: Sighting): void {
    const known = this.#groups.get(id)
    const full = known === undefined && this.#groups.size >= MAX_GROUPS
    const identity = full ? OVERFLOW : { ...identityOf(difference), id }
    const { operation, region, at } = sighting
    const counts = [{ operation, region, count: 0, noise: 0, [sighting.count]: 1 }]
    const wanted = !full && sighting.count === 'count' && (known?.examples.length ?? 0) < EXAMPLES_PER_GROUP
    const examples = wanted ? [sighting.example(difference)] : []
    const delta = { ...identity, counts, firstSeen: at, lastSeen: at, examples }
    const before = this.#groups.get(identity.id)
    this.#groups.set(identity.id, before === undefined ? delta : mergeGroup(before, delta))
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

/** Adds two deltas of one group. The earliest examples are kept. */
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
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
    examples: [...a.examples, ...b.examples].slice(0, EXAMPLES_PER_GROUP),
  }
}

/** One delta a group. */
export function mergeGroups(groups: readonly GroupDelta[]): readonly GroupDelta[] {
  const merged = new Map<string, GroupDelta>()
  for (const group of groups) {
    const known = merged.get(group.id)
    merged.set(group.id, known === undefined ? group : mergeGroup(known, group))
  }
  return [...merged.values()]
}
