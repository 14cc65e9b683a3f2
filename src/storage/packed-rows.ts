import { and, asc, between, eq, inArray, sql, type SQL } from 'drizzle-orm'
import { union } from 'drizzle-orm/pg-core'
import { packCell, type PackedCell } from '../core/evidence/packed-evidence.ts'
import type { Database, Transaction } from './database.ts'
import { cellOf } from './fold.ts'
import { deltas, evidence } from './schema.ts'
import type { EvidenceQuery } from './store.ts'

/** Rows that are there as objects at a time: a row of a busy hour is some hundred kilobytes. */
const ROWS_AT_ONCE = 100

export type FoldedRow = typeof evidence.$inferSelect
export type WaitingRow = typeof deltas.$inferSelect

export function packedOf(row: Parameters<typeof cellOf>[0]): PackedCell {
  return packCell(cellOf(row))
}

/** What gates and guard ask of it. Names that come from answers are for people: held for weeks they would have no bound. */
export function judgedOf(row: Parameters<typeof cellOf>[0]): PackedCell {
  const { evidence: counts, ...cell } = cellOf(row)
  const { alone: _alone, suppressed: _suppressed, ...judged } = counts
  return packCell({ ...cell, evidence: judged })
}

/** One parameter, however many operations there are: thousands would have to be planned anew at every look. */
export function isOf(table: typeof evidence | typeof deltas, operations: readonly string[]): SQL {
  return sql`${table.operation} = any(${sql.param([...operations])}::text[])`
}

/** Hands over what is folded, by the window. */
export async function foldedRows(tx: Transaction, where: SQL | undefined, take: (row: FoldedRow) => void): Promise<void> {
  const { window, operation, region, stage, epoch } = evidence
  const order = [window, operation, region, stage, epoch] as const
  let after: SQL | undefined
  for (;;) {
    const rows = await tx
      .select()
      .from(evidence)
      .where(and(where, after))
      .orderBy(...order.map((column) => asc(column)))
      .limit(ROWS_AT_ONCE)
    rows.forEach(take)
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_AT_ONCE) return
    after = sql`(${window}, ${operation}, ${region}, ${stage}, ${epoch}) > (${last.window}::bigint, ${last.operation}, ${last.region}, ${last.stage}, ${last.epoch})`
  }
}

/** Hands over what waits to be folded, by its ids. */
export async function waitingRows(tx: Transaction, ids: readonly number[], take: (row: WaitingRow) => void): Promise<void> {
  for (let start = 0; start < ids.length; start += ROWS_AT_ONCE) {
    const some = ids.slice(start, start + ROWS_AT_ONCE)
    for (const row of await tx.select().from(deltas).where(inArray(deltas.id, some))) take(row)
  }
}

/** Counts of some operations in a span, as of one moment: what is folded meanwhile is seen on one side and not on both. */
export async function packedIn(db: Database, query: EvidenceQuery, operations: readonly string[]): Promise<PackedCell[]> {
  const within = (table: typeof evidence | typeof deltas): SQL | undefined => and(isOf(table, operations), spanOf(table, query))
  return db.transaction(
    async (tx) => {
      const cells: PackedCell[] = []
      await foldedRows(tx, within(evidence), (row) => void cells.push(packedOf(row)))
      const waiting = await tx.select({ id: deltas.id }).from(deltas).where(within(deltas))
      const ids = waiting.map(({ id }) => id)
      await waitingRows(tx, ids, (row) => void cells.push(packedOf(row)))
      return cells
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

export async function operationsIn(db: Database, query: EvidenceQuery): Promise<string[]> {
  const folded = db.select({ operation: evidence.operation }).from(evidence).where(spanOf(evidence, query))
  const waiting = db.select({ operation: deltas.operation }).from(deltas).where(spanOf(deltas, query))
  return (await union(folded, waiting)).map(({ operation }) => operation)
}

export function spanOf(table: typeof evidence | typeof deltas, { from, to, operation, region }: EvidenceQuery): SQL | undefined {
  return and(
    between(table.window, from, to),
    operation === undefined ? undefined : eq(table.operation, operation),
    region === undefined ? undefined : eq(table.region, region),
  )
}
