import { and, asc, desc, eq, gt, inArray, notInArray, or, sql } from 'drizzle-orm'
import { HOURLY, mergeFacets, type FacetCount } from '../core/comparison/facet.ts'
import type { GroupDelta } from '../core/comparison/group.ts'
import type { Database, Transaction } from './database.ts'
import { chunksOf, inLockOrder } from './rows.ts'
import { groupFacets, groups } from './schema.ts'

/** Hours that are read with a group, before its newest one. */
const HOURS_READ_MS = 48 * 3_600_000

/** Names that clients choose are bounded by what the group has already; two writers at once may each add the last one. */
export async function addFacets(tx: Transaction, deltas: readonly GroupDelta[]): Promise<void> {
  const named = [...new Set(deltas.filter(({ facets }) => facets.some(({ facet }) => !HOURLY.includes(facet))).map(({ id }) => id))]
  const stored: (typeof groupFacets.$inferSelect)[] = []
  for (const some of chunksOf(named))
    stored.push(
      ...(await tx
        .select()
        .from(groupFacets)
        .where(and(inArray(groupFacets.group, [...some]), notInArray(groupFacets.facet, [...HOURLY])))),
    )
  const known = Map.groupBy(stored, ({ group }) => group)
  const rows = deltas.flatMap(({ id: group, facets }) => {
    const before = (known.get(group) ?? []).map((row) => ({ ...facetOf(row), count: 0 }))
    const added = mergeFacets(before, facets).filter(({ count }) => count > 0)
    return inLockOrder(added, ({ facet, name }) => `${facet}\0${name}`).map((facet) => ({ group, ...facet }))
  })
  for (const some of chunksOf(rows)) {
    await tx
      .insert(groupFacets)
      .values([...some])
      .onConflictDoUpdate({
        target: [groupFacets.group, groupFacets.facet, groupFacets.name],
        set: {
          count: sql`${groupFacets.count} + excluded.count`,
          firstSeen: sql`least(${groupFacets.firstSeen}, excluded.first_seen)`,
          lastSeen: sql`greatest(${groupFacets.lastSeen}, excluded.last_seen)`,
        },
      })
  }
}

/** Facets by group: all names, and the newest hours. */
export async function loadFacets(db: Database, ids: readonly string[]): Promise<(group: string) => readonly FacetCount[]> {
  const isWanted = or(notInArray(groupFacets.facet, [...HOURLY]), gt(groupFacets.lastSeen, sql`${groups.lastSeen} - ${HOURS_READ_MS}`))
  const rows = await db
    .select({ facet: groupFacets })
    .from(groupFacets)
    .innerJoin(groups, eq(groups.id, groupFacets.group))
    .where(and(inArray(groupFacets.group, [...ids]), isWanted))
    .orderBy(desc(groupFacets.count), asc(groupFacets.name))
  const byGroup = Map.groupBy(rows, ({ facet }) => facet.group)
  return (group) => (byGroup.get(group) ?? []).map(({ facet }) => facetOf(facet))
}

function facetOf({ facet, name, count, firstSeen, lastSeen }: typeof groupFacets.$inferSelect): FacetCount {
  return { facet, name, count, firstSeen, lastSeen }
}
