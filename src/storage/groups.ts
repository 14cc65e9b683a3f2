import { and, asc, desc, eq, inArray, sql, sum } from 'drizzle-orm'
import type { FacetCount } from '../core/comparison/facet.ts'
import { EXAMPLES_PER_GROUP, keptExamples, type Group, type GroupCount, type GroupDelta } from '../core/comparison/group.ts'
import { OTHER } from '../core/evidence/counts.ts'
import type { Database, Transaction } from './database.ts'
import { addFacets, loadFacets } from './facets.ts'
import { chunksOf, inLockOrder } from './rows.ts'
import { groupCounts, groups } from './schema.ts'
import type { GroupQuery } from './store.ts'

/** The examples that are kept of those that are there and those that come, as `keptExamples` has it. */
const KEPT = sql`(
  select coalesce(jsonb_agg(one order by since desc, at), '[]'::jsonb) from (
    select one, coalesce((one -> 'revealed' ->> 'since')::numeric, 0) as since, (one ->> 'at')::numeric as at
    from jsonb_array_elements(${groups.examples} || excluded.examples) as one
    order by since desc, at limit ${sql.raw(String(EXAMPLES_PER_GROUP))}
  ) as kept)`

/** Adds to groups; each comes once, and in it each operation and region. */
export async function addGroups(tx: Transaction, deltas: readonly GroupDelta[]): Promise<void> {
  const ordered = inLockOrder(deltas, ({ id }) => id)
  for (const some of chunksOf(ordered)) await addIdentities(tx, some)
  const counts = ordered.flatMap(({ id: group, counts: counted }) =>
    inLockOrder(counted, ({ operation, region }) => `${operation}\0${region}`).map(({ operation, region, count, noise }) => ({
      group,
      operation,
      region,
      count,
      noise,
    })),
  )
  for (const some of chunksOf(counts)) {
    await tx
      .insert(groupCounts)
      .values([...some])
      .onConflictDoUpdate({
        target: [groupCounts.group, groupCounts.operation, groupCounts.region],
        set: { count: sql`${groupCounts.count} + excluded.count`, noise: sql`${groupCounts.noise} + excluded.noise` },
      })
  }
  await addFacets(tx, ordered)
}

async function addIdentities(tx: Transaction, deltas: readonly GroupDelta[]): Promise<void> {
  await tx
    .insert(groups)
    .values(deltas.map(rowOf))
    .onConflictDoUpdate({
      target: groups.id,
      set: {
        firstSeen: sql`least(${groups.firstSeen}, excluded.first_seen)`,
        lastSeen: sql`greatest(${groups.lastSeen}, excluded.last_seen)`,
        examples: KEPT,
      },
    })
}

/** A group outlives operations that it was seen in: what is of those that are forgotten is counted together, in the order in which all writers take their locks. */
export function forgetOperationsOf(db: Database): Promise<unknown> {
  return db.execute(sql`
    with gone as (
      delete from group_counts where left(operation, 1) <> '~' and not exists (select from operations where key = group_counts.operation) returning *
    )
    insert into group_counts (group_id, operation, region, count, noise)
    select group_id, ${OTHER}, region, sum(count), sum(noise) from gone group by group_id, region
    order by group_id collate "C", region collate "C"
    on conflict (group_id, operation, region) do update set count = group_counts.count + excluded.count, noise = group_counts.noise + excluded.noise`)
}

/** Members that are no columns stay behind in the insert. */
function rowOf(delta: GroupDelta): typeof groups.$inferInsert {
  return { ...delta, examples: keptExamples(delta.examples) }
}

/** Groups with the most differences first; those that were only ever noise come last. */
export async function findGroups(db: Database, { operation, region, limit }: GroupQuery): Promise<Group[]> {
  const found = await db
    .select({ id: groupCounts.group })
    .from(groupCounts)
    .where(
      and(
        operation === undefined ? undefined : eq(groupCounts.operation, operation),
        region === undefined ? undefined : eq(groupCounts.region, region),
      ),
    )
    .groupBy(groupCounts.group)
    .orderBy(desc(sum(groupCounts.count)), asc(groupCounts.group))
    .limit(limit)
  const ids = found.map(({ id }) => id)
  const loaded = new Map((await loadGroups(db, ids)).map((group) => [group.id, group]))
  return ids.flatMap((id) => loaded.get(id) ?? [])
}

/** Whole groups, in any order. */
export async function loadGroups(db: Database, ids: readonly string[]): Promise<Group[]> {
  if (ids.length === 0) return []
  const rows = await db
    .select()
    .from(groups)
    .where(inArray(groups.id, [...ids]))
  const counted = await db
    .select()
    .from(groupCounts)
    .where(inArray(groupCounts.group, [...ids]))
    .orderBy(desc(groupCounts.count), asc(groupCounts.operation), asc(groupCounts.region))
  const countsOf = Map.groupBy(counted, ({ group }) => group)
  const facetsOf = await loadFacets(db, ids)
  return rows.map((row) => groupOf(row, countsOf.get(row.id) ?? [], facetsOf(row.id)))
}

function groupOf({ relation, ...row }: typeof groups.$inferSelect, counted: readonly GroupCount[], facets: readonly FacetCount[]): Group {
  const counts = counted.map(({ operation, region, count, noise }) => ({ operation, region, count, noise }))
  return { ...row, ...(relation === null ? {} : { relation }), counts, facets }
}
