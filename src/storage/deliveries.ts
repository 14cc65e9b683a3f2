import { and, asc, eq, inArray, isNotNull, lt, lte, notInArray, sql } from 'drizzle-orm'
import type { Database, Transaction } from './database.ts'
import { deliveries } from './schema.ts'
import { storable } from './storable.ts'
import type { Delivery, DeliveryStore, Telling } from './store.ts'

/** Clocks of replicas differ; that of the database is one. Milliseconds since the epoch. */
const now = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** Notices on their way to receivers. */
export function createDeliveryStore(db: Database): DeliveryStore {
  return {
    claimDelivery: (receiver, forMs) => claim(db, receiver, forMs),
    settleDelivery: async (id, againAfterMs) => {
      await db
        .update(deliveries)
        .set({ due: againAfterMs === undefined ? null : sql`${now} + ${againAfterMs}` })
        .where(eq(deliveries.id, id))
    },
    giveUpDeliveries: async (receiver, most) => {
      const oldest = db.select({ id: deliveries.id }).from(deliveries).where(waitingFor(receiver)).orderBy(asc(deliveries.id)).limit(most)
      const given = await db
        .update(deliveries)
        .set({ due: null })
        .where(and(waitingFor(receiver), notInArray(deliveries.id, oldest)))
        .returning({ notice: deliveries.notice })
      return given.map(({ notice }) => notice)
    },
    pruneDeliveries: async (before) => {
      await db.delete(deliveries).where(lt(deliveries.at, before))
    },
  }
}

/** What was kept before is left out. */
export async function keep(tx: Transaction, { notice, at, receivers }: Telling): Promise<void> {
  if (receivers.length === 0) return
  const row = { notice: notice.id, at, content: storable(notice), attempts: 0, due: now }
  await tx
    .insert(deliveries)
    .values(receivers.map((receiver) => ({ ...row, receiver })))
    .onConflictDoNothing()
}

/** One that waits for its next attempt holds up those behind it: a receiver hears of them in order. */
async function claim(db: Database, receiver: string, forMs: number): Promise<Delivery | undefined> {
  const oldest = db.select({ id: deliveries.id }).from(deliveries).where(waitingFor(receiver)).orderBy(asc(deliveries.id)).limit(1)
  const [claimed] = await db
    .update(deliveries)
    .set({ due: sql`${now} + ${forMs}`, attempts: sql`${deliveries.attempts} + 1` })
    // Of two who claim it at once the second finds it not due any more.
    .where(and(inArray(deliveries.id, oldest), isNotNull(deliveries.due), lte(deliveries.due, now)))
    .returning()
  return claimed === undefined ? undefined : { id: claimed.id, notice: claimed.content, at: claimed.at, attempt: claimed.attempts }
}

function waitingFor(receiver: string) {
  return and(eq(deliveries.receiver, receiver), isNotNull(deliveries.due))
}
