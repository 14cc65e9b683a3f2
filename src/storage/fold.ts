import { and, asc, gte, inArray, lt, sql } from 'drizzle-orm'
import { mergeCells } from '../core/evidence/batch.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import type { Database, Transaction } from './database.ts'
import { chunksOf, numberIn } from './rows.ts'
import { deltas, evidence } from './schema.ts'
import { readSeams, type Seams } from './seams.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Any number that nothing else has, the same in every version: one process folds at a time. */
export const FOLD_LOCK = 727_002

type Row = typeof evidence.$inferSelect

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
      const taken = await tx.delete(deltas).where(span).returning()
      // Under the lock, so that a greater number is never visible before a smaller one.
      const fold = numberIn(await tx.execute(sql`select nextval('evidence_folds')`))
      await add(
        tx,
        taken.map(({ id: _id, ...row }) => ({ ...row, fold, since: fold, coarse: 0 })),
      )
    })
  }
}

/** How windows are put together: rows of one level come from those of lower ones. */
interface Level {
  readonly coarse: number
  readonly spanMs: number
}
const MINUTES: Level = { coarse: 1, spanMs: MINUTE_MS }
const HOURS: Level = { coarse: 2, spanMs: HOUR_MS }

/** Makes one row a cell of the minutes that ended before `before`. */
export const foldMinutes = (db: Database, before: number): Promise<boolean> => foldSpans(db, MINUTES, before)
/** The same of hours. */
export const foldHours = (db: Database, before: number): Promise<boolean> => foldSpans(db, HOURS, before)

/** One row a cell of each span, or of each part of it that somebody tells apart: see `seams.ts`. */
async function foldSpans(db: Database, level: Level, before: number): Promise<boolean> {
  const ended = before - (before % level.spanMs)
  const fine = lt(evidence.coarse, level.coarse)
  let seams: Seams | undefined
  for (;;) {
    const [oldest] = await db
      .select({ window: evidence.window })
      .from(evidence)
      .where(and(lt(evidence.window, ended), fine))
      .orderBy(asc(evidence.window))
      .limit(1)
    if (oldest === undefined) return seams !== undefined
    seams ??= await readSeams(db)
    const start = oldest.window - (oldest.window % level.spanMs)
    const rest = and(gte(evidence.window, start), lt(evidence.window, start + level.spanMs), fine)
    const seen = await db.selectDistinct({ operation: evidence.operation }).from(evidence).where(rest)
    for (const some of level === HOURS ? seen.map((one) => [one]) : chunksOf(seen)) {
      const names = some.map(({ operation }) => operation)
      const placeOf = (row: Row): number => seams?.placeOf(row.operation, row.window, level.spanMs) ?? row.window
      await db.transaction(async (tx) => {
        await lock(tx)
        const taken = await tx
          .delete(evidence)
          .where(and(rest, inArray(evidence.operation, names)))
          .returning()
        await add(
          tx,
          taken.map((row) => ({ ...row, window: placeOf(row), coarse: level.coarse })),
        )
      })
    }
  }
}

/** Adds to the rows of cells. Nobody else writes them, by the lock. */
async function add(tx: Transaction, added: readonly Row[]): Promise<void> {
  const names = new Set(added.map(nameOf))
  const windows = [...new Set(added.map(({ window }) => window))]
  const operations = [...new Set(added.map(({ operation }) => operation))]
  const around = and(inArray(evidence.window, windows), inArray(evidence.operation, operations))
  const stored = (await tx.select().from(evidence).where(around)).filter((row) => names.has(nameOf(row)))
  const parts = Map.groupBy([...stored, ...added], nameOf)
  const coarse = new Map(added.map((row) => [nameOf(row), row.coarse]))
  const sums = mergeCells([...stored, ...added].map(cellOf)).map((cell): Row => {
    const row = rowOf(cell)
    const own = parts.get(nameOf(row)) ?? []
    return {
      ...row,
      fold: Math.max(...own.map(({ fold }) => fold)),
      since: Math.min(...own.map(({ since }) => since)),
      coarse: coarse.get(nameOf(row)) ?? 0,
    }
  })
  for (const some of chunksOf(sums)) {
    await tx
      .insert(evidence)
      .values([...some])
      .onConflictDoUpdate({
        target: [evidence.window, evidence.operation, evidence.region, evidence.stage, evidence.epoch],
        set: { counts: sql`excluded.counts`, fold: sql`excluded.fold`, since: sql`excluded.since`, coarse: sql`excluded.coarse` },
      })
  }
}

/** Until the end of the transaction. Whoever waited finds the rows gone, and that is right. */
function lock(tx: Transaction): Promise<unknown> {
  return tx.execute(sql`select pg_advisory_xact_lock(${FOLD_LOCK})`)
}

/** Names a row of the one table. */
export function nameOf({
  window,
  operation,
  region,
  stage,
  epoch,
}: Pick<Row, 'window' | 'operation' | 'region' | 'stage' | 'epoch'>): string {
  return JSON.stringify([window, operation, region, stage, epoch])
}

type Counted = Omit<Row, 'fold' | 'since' | 'coarse'>

export function rowOf({ window, operation, region, stage, epoch = '', evidence: counts }: CellEvidence): Counted {
  return { window, operation, region, stage, epoch, counts }
}

export function cellOf({ window, operation, region, stage, epoch, counts }: Counted): CellEvidence {
  return { window, operation, region, stage, ...(epoch === '' ? {} : { epoch }), evidence: counts }
}
