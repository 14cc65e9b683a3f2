import { and, eq, lt, sql } from 'drizzle-orm'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { Database } from './database.ts'
import { audit, groups, reveals } from './schema.ts'
import { storable } from './storable.ts'
import type { RevealStore } from './store.ts'

const forgetAt = sql`(${reveals.state} ->> 'forgetAt')::numeric`
const from = sql`(${reveals.state} ->> 'from')::numeric`

/** Who revealed values, with the record of every change. */
export function createRevealStore(db: Database): RevealStore {
  return {
    reveals: async () =>
      (
        await db
          .select()
          .from(reveals)
          .orderBy(sql`${from} desc`)
      ).map(({ state }) => state),
    saveReveal: (state, entry) =>
      db.transaction(async (tx) => {
        const row = rowOf(storable(state))
        const written =
          state.version === 1
            ? await tx.insert(reveals).values(row).onConflictDoNothing().returning({ id: reveals.id })
            : await tx
                .update(reveals)
                .set(row)
                .where(and(eq(reveals.id, state.id), eq(reveals.version, state.version - 1)))
                .returning({ id: reveals.id })
        if (written.length > 0) await tx.insert(audit).values(storable(entry))
        return written.length > 0
      }),
    forgetExamples: async (ids) => {
      for (const id of ids) {
        const known = sql`jsonb_build_object('id', ${id}::text)`
        await db
          .update(groups)
          .set({ examples: sql`jsonb_path_query_array(${groups.examples}, '$[*] ? (!exists(@.revealed.by[*] ? (@ == $id)))', ${known})` })
          .where(sql`jsonb_path_exists(${groups.examples}, '$[*].revealed.by[*] ? (@ == $id)', ${known})`)
      }
    },
    dropReveals: async (before) => {
      await db.delete(reveals).where(lt(forgetAt, before))
    },
  }
}

function rowOf(state: Reveal): typeof reveals.$inferInsert {
  return { id: state.id, version: state.version, state }
}
