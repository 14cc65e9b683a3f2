import { and, gt, gte, inArray, isNotNull, isNull, max, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Source } from '../core/evidence/settled.ts'
import type { Database, Transaction } from './database.ts'
import { cellOf, nameOf } from './fold.ts'
import { chunksOf, numberIn } from './rows.ts'
import { deltas, evidence, sources } from './schema.ts'
import type { EvidenceChanges, EvidenceSince, FoldedCell, WaitingCell } from './store.ts'

/** Everything is read as of one moment, so that what is folded meanwhile is seen on one side and not on both. */
export async function evidenceChanges(db: Database, since: EvidenceSince): Promise<EvidenceChanges> {
  return db.transaction((tx) => read(tx, since), { isolationLevel: 'repeatable read', accessMode: 'read only' })
}

async function read(tx: Transaction, { operations, fold, known, load }: EvidenceSince): Promise<EvidenceChanges> {
  const waiting = (await tx.select({ id: deltas.id }).from(deltas).where(isOf(deltas, operations))).map(({ id }) => id)
  const isKnown = new Set(known)
  const isNewer = fold === undefined ? undefined : and(gt(evidence.fold, fold), isOf(evidence, operations))
  const changed = isNewer === undefined ? [] : await tx.select().from(evidence).where(isNewer)
  const [newest] = await tx.select({ fold: max(evidence.fold) }).from(evidence)
  return {
    waiting,
    fresh: await waitingCells(
      tx,
      waiting.filter((id) => !isKnown.has(id)),
    ),
    folded: changed.map(foldedOf),
    loaded: await loadedRows(tx, load),
    // What was deleted since does not make it smaller.
    fold: Math.max(newest?.fold ?? 0, fold ?? 0),
    ...(await unfinishedSources(tx)),
  }
}

/** One parameter, however many operations there are: thousands would have to be planned anew at every look. */
function isOf(table: typeof evidence | typeof deltas, operations: readonly string[]): SQL {
  return sql`${table.operation} = any(${sql.param([...operations])}::text[])`
}

async function waitingCells(tx: Transaction, ids: readonly number[]): Promise<readonly WaitingCell[]> {
  const cells: WaitingCell[] = []
  for (const some of chunksOf(ids)) {
    const rows = await tx
      .select()
      .from(deltas)
      .where(inArray(deltas.id, [...some]))
    cells.push(...rows.map(({ id, ...row }) => ({ ...cellOf(row), id })))
  }
  return cells
}

async function loadedRows(tx: Transaction, load: EvidenceSince['load']): Promise<readonly FoldedCell[]> {
  if (load.length === 0) return []
  const operations = [...new Set(load.flatMap((one) => one.operations))]
  const from = Math.min(...load.map((one) => one.from))
  const rows = await tx
    .select()
    .from(evidence)
    .where(and(inArray(evidence.operation, operations), gte(evidence.window, from)))
  return rows.map(foldedOf)
}

/** Edges that did not hand in everything and end, and the store's own time. */
export async function unfinishedSources(db: Database | Transaction): Promise<Pick<EvidenceChanges, 'sources' | 'at'>> {
  const at = numberIn(await db.execute(sql`select (extract(epoch from now()) * 1000)::bigint`))
  const rows = await db
    .select()
    .from(sources)
    .where(and(isNotNull(sources.upTo), or(isNull(sources.ended), ne(sources.ended, 'handed-in'))))
  const found = rows.map(({ source, lastSeen, upTo, ended }): Source => ({
    source,
    lastSeen,
    upTo: upTo ?? 0,
    ...(ended === null ? {} : { ended }),
  }))
  return { sources: found, at }
}

function foldedOf(row: typeof evidence.$inferSelect): FoldedCell {
  return { ...cellOf(row), row: nameOf(row), since: row.since }
}
