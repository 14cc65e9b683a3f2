import { and, gt, gte, isNotNull, isNull, max, ne, or, sql } from 'drizzle-orm'
import type { Source } from '../core/evidence/settled.ts'
import type { Database, Transaction } from './database.ts'
import { nameOf } from './fold.ts'
import { foldedRows, isOf, judgedOf, waitingRows } from './packed-rows.ts'
import { numberIn } from './rows.ts'
import { deltas, evidence, sources } from './schema.ts'
import type { EvidenceChanges, EvidenceSince, FoldedCell, WaitingCell } from './evidence-changes.ts'

/** Everything is read as of one moment, so that what is folded meanwhile is seen on one side and not on both. */
export async function evidenceChanges(db: Database, since: EvidenceSince): Promise<EvidenceChanges> {
  return db.transaction((tx) => read(tx, since), { isolationLevel: 'repeatable read', accessMode: 'read only' })
}

async function read(tx: Transaction, { operations, fold, known, load }: EvidenceSince): Promise<EvidenceChanges> {
  const waiting = (await tx.select({ id: deltas.id }).from(deltas).where(isOf(deltas, operations))).map(({ id }) => id)
  const isKnown = new Set(known)
  const fresh: WaitingCell[] = []
  await waitingRows(
    tx,
    waiting.filter((id) => !isKnown.has(id)),
    (row) => void fresh.push({ ...judgedOf(row), id: row.id }),
  )
  const folded: FoldedCell[] = []
  if (fold !== undefined)
    await foldedRows(tx, and(gt(evidence.fold, fold), isOf(evidence, operations)), (row) => void folded.push(foldedOf(row)))
  const [newest] = await tx.select({ fold: max(evidence.fold) }).from(evidence)
  return {
    waiting,
    fresh,
    folded,
    loaded: await loadedRows(tx, load),
    // What was deleted since does not make it smaller.
    fold: Math.max(newest?.fold ?? 0, fold ?? 0),
    ...(await unfinishedSources(tx)),
  }
}

async function loadedRows(tx: Transaction, load: EvidenceSince['load']): Promise<readonly FoldedCell[]> {
  const loaded: FoldedCell[] = []
  if (load.length === 0) return loaded
  const operations = [...new Set(load.flatMap((one) => one.operations))]
  const isWanted = and(isOf(evidence, operations), gte(evidence.window, Math.min(...load.map((one) => one.from))))
  await foldedRows(tx, isWanted, (row) => void loaded.push(foldedOf(row)))
  return loaded
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
  return { ...judgedOf(row), row: nameOf(row), since: row.since }
}
