import { and, asc, eq, getTableColumns, inArray, isNull, lt, min, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import { HOURLY } from '../core/comparison/facet.ts'
import { mergeCells, type EvidenceBatch, type SeenOperation } from '../core/evidence/batch.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import { admit } from './admission.ts'
import { evidenceChanges, unfinishedSources } from './changes.ts'
import { controlledIn } from './controlled.ts'
import type { Database, Transaction } from './database.ts'
import { cellOf, foldDeltas, foldHours, foldMinutes, rowOf } from './fold.ts'
import { addGroups, findGroups, forgetOperationsOf, loadGroups } from './groups.ts'
import { noiseAt } from './noise.ts'
import { operationsIn, packedIn, spanOf } from './packed-rows.ts'
import { chunksOf, inLockOrder } from './rows.ts'
import { deltas, evidence, groupFacets, groups, operations, sources } from './schema.ts'
import { suppressedIn } from './suppressed.ts'
import { storable } from './storable.ts'
import type { EvidenceQuery, EvidenceStore } from './store.ts'

const FOLD_EVERY_MS = 5_000
/** How old a window has to be before its rows become one: by then nearly all that edges counted in it has come. */
const SETTLED_MS = 120_000
/** Rows that wait to be folded, of settled windows or not: every reader has to add them up. */
const MAX_DELTAS = 5_000
/** How long windows stay as fine as they were counted: until nearly all of them are settled. */
const FINEST_MS = 180_000
/** How long minutes stay. A verdict or a chart that looks back further does not need them. */
const FINE_MS = 3 * 3_600_000
/** What one statement deletes at most, by time: at thousands of rows a minute it stays far within the statement's time limit. */
const PRUNE_SPAN_MS = 6 * 3_600_000

/**
 * Evidence and groups over any PostgreSQL that drizzle can talk to.
 * @param vacuum frees the room of deleted rows, where the database does not do so by itself
 */
export function createEvidenceStore(db: Database, vacuum: () => Promise<unknown> = () => Promise.resolve()): EvidenceStore {
  let foldAt = 0
  return {
    append: async (batch) => {
      const done = await db.transaction((tx) => append(tx, storable(batch)))
      if (performance.now() < foldAt) return done
      foldAt = performance.now() + FOLD_EVERY_MS
      // The batch is stored, whatever becomes of this: readers add up what is not folded, and `prune` reports a fold that goes on failing.
      await fold(db, vacuum).catch(() => undefined)
      return done
    },
    cells: (query) => cells(db, query),
    counted: (query) => operationsIn(db, query),
    packed: (query, some) => packedIn(db, query, some),
    changes: (since) => evidenceChanges(db, since),
    sources: () => unfinishedSources(db),
    lose: async (source) => {
      await db
        .update(sources)
        .set({ ended: 'lost' })
        .where(and(eq(sources.source, source), isNull(sources.ended)))
    },
    suppressed: (span) => suppressedIn(db, span),
    controlled: (span) => controlledIn(db, span),
    noise: (query) => noiseAt(db, query),
    operations: () => seenOperations(db),
    operationKeys: () => seenKeys(db),
    groups: (query) => findGroups(db, query),
    group: async (id) => (await loadGroups(db, [id]))[0],
    prune: async (before) => {
      await prune(db, before)
      await fold(db, vacuum)
      await foldHours(db, Date.now() - FINE_MS)
      await vacuum()
    },
  }
}

/** The clock that all replicas share. */
const STORE_CLOCK = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

async function fold(db: Database, vacuum: () => Promise<unknown>): Promise<void> {
  const isCrowded = (await db.$count(deltas)) > MAX_DELTAS
  const folded = await foldDeltas(db, isCrowded ? Number.MAX_SAFE_INTEGER : Date.now() - SETTLED_MS)
  const thinned = await foldMinutes(db, Date.now() - FINEST_MS)
  if (folded || thinned) await vacuum()
}

async function append(tx: Transaction, batch: EvidenceBatch): Promise<'stored' | 'duplicate'> {
  if (!(await isNew(tx, batch))) return 'duplicate'
  const admitted = await admit(tx, batch)
  await addOperations(tx, admitted.operations)
  await addCells(tx, admitted.cells)
  await addGroups(tx, admitted.groups)
  return 'stored'
}

/** Notes the number of the batch. The row stays locked until the end, so that the same batch sent twice at once is stored once. */
async function isNew(tx: Transaction, { source, seq, upTo, last }: EvidenceBatch): Promise<boolean> {
  // One that was taken for lost and reports is not.
  const ended = last === true ? ('handed-in' as const) : null
  const row = { source, seq, lastSeen: STORE_CLOCK, ended, ...(upTo === undefined ? {} : { upTo }) }
  const noted = await tx
    .insert(sources)
    .values(row)
    .onConflictDoUpdate({ target: sources.source, set: row, setWhere: lt(sources.seq, seq) })
    .returning({ seq: sources.seq })
  return noted.length > 0
}

async function addOperations(tx: Transaction, seen: readonly SeenOperation[]): Promise<void> {
  const rows = inLockOrder(seen, ({ key }) => key)
  for (const some of chunksOf(rows)) {
    await tx
      .insert(operations)
      .values([...some])
      .onConflictDoUpdate({
        target: operations.key,
        set: {
          firstSeen: sql`least(${operations.firstSeen}, excluded.first_seen)`,
          lastSeen: sql`greatest(${operations.lastSeen}, excluded.last_seen)`,
        },
      })
  }
}

async function addCells(tx: Transaction, added: readonly CellEvidence[]): Promise<void> {
  for (const some of chunksOf(added)) await tx.insert(deltas).values(some.map(rowOf))
}

const { fold: _fold, since: _since, coarse: _coarse, ...COUNTED } = getTableColumns(evidence)

async function cells(db: Database, query: EvidenceQuery): Promise<CellEvidence[]> {
  const folded = db.select(COUNTED).from(evidence).where(spanOf(evidence, query))
  const { id: _id, ...counted } = getTableColumns(deltas)
  const fresh = db.select(counted).from(deltas).where(spanOf(deltas, query))
  // One statement, so that what is folded meanwhile is seen on one side and not on both.
  const rows = await unionAll(folded, fresh)
  return [...mergeCells(rows.map(cellOf))]
}

async function seenOperations(db: Database): Promise<SeenOperation[]> {
  const rows = await db.select().from(operations).orderBy(asc(operations.key))
  return rows.map(operationOf)
}

async function seenKeys(db: Database): Promise<string[]> {
  const rows = await db.select({ key: operations.key }).from(operations).orderBy(asc(operations.key))
  return rows.map(({ key }) => key)
}

function operationOf({ name, ...row }: typeof operations.$inferSelect): SeenOperation {
  return name === null ? row : { ...row, name }
}

/** Piece by piece and in no transaction: each piece is right by itself, and a long one would hold up the edges. */
async function prune(db: Database, before: number): Promise<void> {
  for (;;) {
    const [oldest] = await db.select({ window: min(evidence.window) }).from(evidence)
    const start = oldest?.window ?? null
    if (start === null || start >= before) break
    await db.delete(evidence).where(lt(evidence.window, Math.min(before, start + PRUNE_SPAN_MS)))
  }
  await db.delete(deltas).where(lt(deltas.window, before))
  await db.delete(groupFacets).where(and(inArray(groupFacets.facet, [...HOURLY]), lt(groupFacets.lastSeen, before)))
  await db.delete(groups).where(lt(groups.lastSeen, before))
  await db.delete(operations).where(lt(operations.lastSeen, before))
  await forgetOperationsOf(db)
  await db.delete(sources).where(lt(sources.lastSeen, before))
}
