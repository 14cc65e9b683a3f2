import { and, asc, desc, eq, gte, inArray, lt, lte, sql, type SQL } from 'drizzle-orm'
import { EXAMPLES_PER_GROUP, OVERFLOW, mergeGroups, type Group, type GroupDelta } from '../core/comparison/group.ts'
import type { EvidenceBatch, SeenOperation } from '../core/evidence/batch.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type CellEvidence, type Evidence } from '../core/evidence/evidence.ts'
import type { Database, Transaction } from './database.ts'
import { evidence, groupCounts, groups, operations, sources } from './schema.ts'
import type { EvidenceQuery, EvidenceStore, GroupQuery } from './store.ts'

/** Groups in all. Answers with random keys must not fill the disk; the differences of further groups are counted in one. */
const MAX_GROUPS = 5_000

/** Evidence and groups over any PostgreSQL that drizzle can talk to. */
export function createEvidenceStore(db: Database): EvidenceStore {
  return {
    append: (batch) => db.transaction((tx) => append(tx, batch)),
    cells: (query) => cells(db, query),
    operations: () => seenOperations(db),
    groups: (query) => findGroups(db, query),
    group: async (id) => (await loadGroups(db, [id]))[0],
    prune: (before) => db.transaction((tx) => prune(tx, before)),
  }
}

async function append(tx: Transaction, batch: EvidenceBatch): Promise<'stored' | 'duplicate'> {
  const { source, seq } = batch
  await tx.insert(sources).values({ source, seq: 0, lastSeen: Date.now() }).onConflictDoNothing()
  // Locked, so that the same batch sent twice at once is still stored once.
  const [known] = await tx.select().from(sources).where(eq(sources.source, source)).for('update')
  if (known !== undefined && known.seq >= seq) return 'duplicate'
  await tx.update(sources).set({ seq, lastSeen: Date.now() }).where(eq(sources.source, source))
  await addOperations(tx, batch.operations)
  await addCells(tx, batch.cells)
  await addGroups(tx, batch.groups)
  return 'stored'
}

async function addOperations(tx: Transaction, seen: readonly SeenOperation[]): Promise<void> {
  if (seen.length === 0) return
  const rows = seen.map(({ name, ...operation }) => ({ ...operation, name: name ?? null })).toSorted(byText(({ key }) => key))
  await tx
    .insert(operations)
    .values(rows)
    .onConflictDoUpdate({
      target: operations.key,
      set: {
        firstSeen: sql`least(${operations.firstSeen}, excluded.first_seen)`,
        lastSeen: sql`greatest(${operations.lastSeen}, excluded.last_seen)`,
      },
    })
}

/** Reads, adds and writes back under row locks, always in the same order: replicas that write one window at once wait and do not deadlock. */
async function addCells(tx: Transaction, added: readonly CellEvidence[]): Promise<void> {
  if (added.length === 0) return
  const rows = added
    .map(({ evidence: counts, ...cell }) => ({ ...cell, counts }))
    .toSorted(byText(({ window, operation, region, stage }) => `${window} ${operation} ${region} ${stage}`))
  await tx
    .insert(evidence)
    .values(rows.map((row) => ({ ...row, counts: EMPTY_EVIDENCE })))
    .onConflictDoNothing()
  for (const row of rows) {
    const place = and(eq(evidence.window, row.window), eq(evidence.operation, row.operation), eq(evidence.region, row.region), eq(evidence.stage, row.stage))
    const [stored] = await tx.select({ counts: evidence.counts }).from(evidence).where(place).for('update')
    await tx
      .update(evidence)
      .set({ counts: mergeEvidence(stored?.counts ?? EMPTY_EVIDENCE, row.counts) })
      .where(place)
  }
}

async function addGroups(tx: Transaction, deltas: readonly GroupDelta[]): Promise<void> {
  if (deltas.length === 0) return
  const known = await tx
    .select({ id: groups.id })
    .from(groups)
    .where(inArray(groups.id, deltas.map(({ id }) => id)))
  const total = await tx.$count(groups)
  let room = Math.max(0, MAX_GROUPS - total)
  const ids = new Set(known.map(({ id }) => id))
  const kept = deltas.map((delta) => {
    if (ids.has(delta.id)) return delta
    room -= 1
    return room >= 0 ? delta : { ...delta, ...OVERFLOW, examples: [] }
  })
  for (const group of mergeGroups(kept).toSorted(byText(({ id }) => id))) await addGroup(tx, group)
}

async function addGroup(tx: Transaction, { counts, examples, relation, ...group }: GroupDelta): Promise<void> {
  await tx
    .insert(groups)
    .values({ ...group, relation: relation ?? null, examples: examples.slice(0, EXAMPLES_PER_GROUP) })
    .onConflictDoUpdate({
      target: groups.id,
      set: {
        firstSeen: sql`least(${groups.firstSeen}, excluded.first_seen)`,
        lastSeen: sql`greatest(${groups.lastSeen}, excluded.last_seen)`,
        examples: sql`jsonb_path_query_array(${groups.examples} || excluded.examples, ${sql.raw(`'$[0 to ${EXAMPLES_PER_GROUP - 1}]'`)})`,
      },
    })
  if (counts.length === 0) return
  await tx
    .insert(groupCounts)
    .values(counts.map((count) => ({ ...count, group: group.id })).toSorted(byText(({ operation, region }) => `${operation} ${region}`)))
    .onConflictDoUpdate({
      target: [groupCounts.group, groupCounts.operation, groupCounts.region],
      set: { count: sql`${groupCounts.count} + excluded.count`, noise: sql`${groupCounts.noise} + excluded.noise` },
    })
}

async function cells(db: Database, { from, to, operation, region }: EvidenceQuery): Promise<CellEvidence[]> {
  const conditions: (SQL | undefined)[] = [
    gte(evidence.window, from),
    lte(evidence.window, to),
    operation === undefined ? undefined : eq(evidence.operation, operation),
    region === undefined ? undefined : eq(evidence.region, region),
  ]
  const rows = await db
    .select()
    .from(evidence)
    .where(and(...conditions))
  // The cast holds: only `append` writes the column, from this type.
  return rows.map(({ counts, stage, ...cell }) => ({ ...cell, stage: stage as CellEvidence['stage'], evidence: counts as Evidence }))
}

async function seenOperations(db: Database): Promise<SeenOperation[]> {
  const rows = await db.select().from(operations).orderBy(asc(operations.key))
  // The cast holds: only `append` writes the column, from this type.
  return rows.map(({ name, type, ...row }) => ({ ...row, type: type as SeenOperation['type'], ...(name === null ? {} : { name }) }))
}

async function findGroups(db: Database, { operation, region, limit }: GroupQuery): Promise<Group[]> {
  const conditions = [
    operation === undefined ? undefined : eq(groupCounts.operation, operation),
    region === undefined ? undefined : eq(groupCounts.region, region),
  ]
  const found = await db
    .select({ id: groupCounts.group })
    .from(groupCounts)
    .where(and(...conditions))
    .groupBy(groupCounts.group)
    .orderBy(desc(sql`sum(${groupCounts.count})`), asc(groupCounts.group))
    .limit(limit)
  const ids = found.map(({ id }) => id)
  const loaded = new Map((await loadGroups(db, ids)).map((group) => [group.id, group]))
  return ids.flatMap((id) => loaded.get(id) ?? [])
}

async function loadGroups(db: Database, ids: readonly string[]): Promise<Group[]> {
  if (ids.length === 0) return []
  const rows = await db.select().from(groups).where(inArray(groups.id, [...ids]))
  const counts = await db.select().from(groupCounts).where(inArray(groupCounts.group, [...ids]))
  return rows.map(({ relation, ...row }) => ({
    // The casts hold: only `append` writes these columns, from these types.
    ...(row as Omit<Group, 'counts' | 'relation'>),
    ...(relation === null ? {} : { relation }),
    counts: counts.filter(({ group }) => group === row.id).map(({ group: _, ...count }) => count),
  }))
}

async function prune(tx: Transaction, before: number): Promise<void> {
  await tx.delete(evidence).where(lt(evidence.window, before))
  await tx.delete(groups).where(lt(groups.lastSeen, before))
  await tx.delete(operations).where(lt(operations.lastSeen, before))
  await tx.delete(sources).where(lt(sources.lastSeen, before))
}

function byText<T>(text: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0)
}
