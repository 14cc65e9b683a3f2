import { and, asc, eq } from 'drizzle-orm'
import type { Triage } from '../core/triage/triage.ts'
import type { Database } from './database.ts'
import { audit, triage } from './schema.ts'
import { storable } from './storable.ts'
import type { TriageStore } from './store.ts'

/** What people decided about groups, with the record of every change. */
export function createTriageStore(db: Database): TriageStore {
  return {
    triages: async () => (await db.select().from(triage).orderBy(asc(triage.group))).map(({ state }) => state),
    saveTriage: (state, entry) =>
      db.transaction(async (tx) => {
        const row = rowOf(storable(state))
        const written =
          state.version === 1
            ? await tx.insert(triage).values(row).onConflictDoNothing().returning({ group: triage.group })
            : await tx
                .update(triage)
                .set(row)
                .where(and(eq(triage.group, state.group), eq(triage.version, state.version - 1)))
                .returning({ group: triage.group })
        if (written.length > 0) await tx.insert(audit).values(storable(entry))
        return written.length > 0
      }),
  }
}

function rowOf(state: Triage): typeof triage.$inferInsert {
  return { group: state.group, version: state.version, state }
}
