import { and, gte, lte, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Database } from './database.ts'
import { deltas, evidence } from './schema.ts'
import type { ControlledCount, EvidenceQuery } from './store.ts'

/** Added up by the database, as what rules suppressed is. */
export async function controlledIn(db: Database, { from, to }: Pick<EvidenceQuery, 'from' | 'to'>): Promise<ControlledCount[]> {
  const within = (table: typeof evidence | typeof deltas) =>
    db
      .select({ operation: table.operation, region: table.region, controls: sql`${table.counts} -> 'controls'`.as('controls') })
      .from(table)
      .where(and(gte(table.window, from), lte(table.window, to)))
  const rows = unionAll(within(evidence), within(deltas)).as('counted')
  // A sum is a numeric, which drivers give as text; of a name that is not there it is null.
  const total = (name: 'compared' | 'made') => sql<string>`coalesce(sum((stratum.value ->> ${name})::bigint), 0)`.mapWith(Number)
  return db
    .select({ operation: rows.operation, region: rows.region, compared: total('compared'), made: total('made') })
    .from(rows)
    .innerJoin(sql`jsonb_each(${rows.controls}) as stratum`, sql`true`)
    .groupBy(rows.operation, rows.region)
}
