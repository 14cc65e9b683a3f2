import { and, asc, eq, gt, inArray, lt, sql } from 'drizzle-orm'
import { mergeCells } from '../core/evidence/batch.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import type { Database, Transaction } from './database.ts'
import { chunksOf } from './rows.ts'
import { deltas, evidence } from './schema.ts'

const HOUR_MS = 3_600_000

/** Any number, the same in every version: one process folds at a time. */
const FOLD_LOCK = 727_002

/**
 * Makes one row a cell and window of the newest counts, in windows that started before `before`.
 * @returns whether there were any
 */
export async function foldDeltas(db: Database, before: number): Promise<boolean> {
  for (let folded = false; ; folded = true) {
    const [oldest] = await db
      .select({ window: deltas.window })
      .from(deltas)
      .where(lt(deltas.window, before))
      .orderBy(asc(deltas.window))
      .limit(1)
    if (oldest === undefined) return folded
    await db.transaction(async (tx) => {
      await lock(tx)
      const span = and(lt(deltas.window, before), lt(deltas.window, oldest.window + HOUR_MS))
      await add(tx, (await tx.delete(deltas).where(span).returning()).map(cellOf))
    })
  }
}

/** Makes one row a cell and hour of the hours that ended before `before`. */
export async function foldHours(db: Database, before: number): Promise<void> {
  const ended = before - (before % HOUR_MS)
  for (;;) {
    const [oldest] = await db
      .select({ window: evidence.window })
      .from(evidence)
      .where(and(lt(evidence.window, ended), sql`${evidence.window} % ${HOUR_MS} > 0`))
      .orderBy(asc(evidence.window))
      .limit(1)
    if (oldest === undefined) return
    await foldHour(db, oldest.window - (oldest.window % HOUR_MS))
  }
}

async function foldHour(db: Database, hour: number): Promise<void> {
  const rest = and(gt(evidence.window, hour), lt(evidence.window, hour + HOUR_MS))
  const seen = await db.selectDistinct({ operation: evidence.operation }).from(evidence).where(rest)
  for (const { operation } of seen) {
    await db.transaction(async (tx) => {
      await lock(tx)
      const taken = await tx
        .delete(evidence)
        .where(and(rest, eq(evidence.operation, operation)))
        .returning()
      await add(
        tx,
        taken.map((row) => cellOf({ ...row, window: hour })),
      )
    })
  }
}

/** Adds to the rows of cells. Nobody else writes them, by the lock. */
async function add(tx: Transaction, cells: readonly CellEvidence[]): Promise<void> {
  const added = mergeCells(cells)
  const windows = [...new Set(added.map(({ window }) => window))]
  const names = new Set(added.map(nameOf))
  const stored = (await tx.select().from(evidence).where(inArray(evidence.window, windows))).map(cellOf)
  const sums = mergeCells([...stored.filter((cell) => names.has(nameOf(cell))), ...added])
  for (const some of chunksOf(sums)) {
    await tx
      .insert(evidence)
      .values(some.map(rowOf))
      .onConflictDoUpdate({
        target: [evidence.window, evidence.operation, evidence.region, evidence.stage],
        set: { counts: sql`excluded.counts` },
      })
  }
}

/** Until the end of the transaction. Whoever waited finds the rows gone, and that is right. */
function lock(tx: Transaction): Promise<unknown> {
  return tx.execute(sql`select pg_advisory_xact_lock(${FOLD_LOCK})`)
}

function nameOf({ window, operation, region, stage }: CellEvidence): string {
  return JSON.stringify([window, operation, region, stage])
}

export function rowOf({ window, operation, region, stage, evidence: counts }: CellEvidence): typeof evidence.$inferInsert {
  return { window, operation, region, stage, counts }
}

export function cellOf({ counts, ...cell }: typeof evidence.$inferSelect): CellEvidence {
  return { ...cell, evidence: counts }
}
