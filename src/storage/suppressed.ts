import { and, gte, lte, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Database } from './database.ts'
import { deltas, evidence } from './schema.ts'
import type { EvidenceQuery, SuppressedCount } from './store.ts'

/** Added up by the database: a week of cells is too much to fetch for a few sums. */
export async function suppressedIn(db: Database, { from, to }: Pick<EvidenceQuery, 'from' | 'to'>): Promise<SuppressedCount[]> {
  const within = (table: typeof evidence | typeof deltas) =>
    db
      .select({ window: table.window, counts: table.counts })
      .from(table)
      .where(and(gte(table.window, from), lte(table.window, to)))
  const rows = unionAll(within(evidence), within(deltas)).as('counted')
  // A sum is a numeric, which drivers give as text.
  return db
    .select({
      rule: sql<string>`entry.key`,
      count: sql<string>`sum(entry.value::bigint)`.mapWith(Number),
      lastWindow: sql<string>`max(${rows.window})`.mapWith(Number),
    })
    .from(rows)
    .innerJoin(sql`jsonb_each_text(${rows.counts} -> 'suppressed') as entry`, sql`true`)
    .groupBy(sql`entry.key`)
}
