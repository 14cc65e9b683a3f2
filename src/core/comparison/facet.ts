/**
 * By what a group is counted besides operation and region. An hour is named by its start, in milliseconds since the epoch; `noise-hour` counts how often
 * legacy disagreed with itself, so that old noise is told from new.
 */
export const FACETS = ['client', 'build', 'hour', 'noise-hour'] as const
export type Facet = (typeof FACETS)[number]

/** Facets whose names come with time and not from outside. */
export const HOURLY: readonly Facet[] = ['hour', 'noise-hour']

/** How often a group was seen with one client, in one build of the candidate, or in one hour. */
export interface FacetCount {
  readonly facet: Facet
  readonly name: string
  readonly count: number
  readonly firstSeen: number
  readonly lastSeen: number
}

/** Clients and builds that are told apart in one group. Clients choose their names: further ones are counted together. */
export const NAMES_PER_FACET = 20
const OTHER_NAME = '~other'

const HOUR_MS = 3_600_000

/** The facet of one sighting of noise. */
export function noiseFacet(at: number): FacetCount {
  return { facet: 'noise-hour', name: String(at - (at % HOUR_MS)), count: 1, firstSeen: at, lastSeen: at }
}

/** The facets of one sighting. */
export function facetsOf({
  client,
  build,
  at,
}: {
  readonly client?: string
  readonly build?: string
  readonly at: number
}): readonly FacetCount[] {
  const seen = { count: 1, firstSeen: at, lastSeen: at }
  return [
    { facet: 'hour', name: String(at - (at % HOUR_MS)), ...seen },
    ...(client === undefined ? [] : [{ facet: 'client' as const, name: client, ...seen }]),
    ...(build === undefined ? [] : [{ facet: 'build' as const, name: build, ...seen }]),
  ]
}

/** Adds counts of one group to those that are known of it. Names beyond the bound become one. */
export function mergeFacets(known: readonly FacetCount[], added: readonly FacetCount[]): readonly FacetCount[] {
  const merged = new Map(known.map((one) => [keyOf(one), one]))
  const names = new Map(FACETS.map((facet) => [facet, known.filter((one) => one.facet === facet).length]))
  for (const one of added) {
    const isFull = !HOURLY.includes(one.facet) && !merged.has(keyOf(one)) && (names.get(one.facet) ?? 0) >= NAMES_PER_FACET
    const named = isFull ? { ...one, name: OTHER_NAME } : one
    const same = merged.get(keyOf(named))
    if (same === undefined) names.set(one.facet, (names.get(one.facet) ?? 0) + 1)
    merged.set(keyOf(named), same === undefined ? named : add(same, named))
  }
  return [...merged.values()]
}

function keyOf({ facet, name }: FacetCount): string {
  return `${facet}\n${name}`
}

function add(a: FacetCount, b: FacetCount): FacetCount {
  return {
    ...a,
    count: a.count + b.count,
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
  }
}
