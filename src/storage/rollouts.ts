import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { EVERY_PLAN, type PlanState, type Position } from '../core/rollout/position.ts'
import type { Database, Transaction } from './database.ts'
import { keep } from './deliveries.ts'
import { writeFlag } from './flags.ts'
import { audit, plans, positions, uptime } from './schema.ts'
import { storable } from './storable.ts'
import type { FlagChange, Moving, RolloutStore } from './store.ts'

/** Somebody else was faster: undoes what the transaction wrote so far. */
class Late extends Error {}

/** Any number that nothing else has, the same in every version: who takes a unit back waits for no fold. Who acts holds it until the end of the transaction, or of the connection, however that ends. */
const ACTING = 727_003

/** Plans, positions and the flags that move with them. `notify` runs inside the transaction that changed a flag. */
export function createRolloutStore(db: Database, notify: (tx: Transaction) => Promise<unknown>): RolloutStore {
  return {
    planStates: async () => (await db.select().from(plans).orderBy(asc(plans.plan))).map(({ state }) => state),
    positions: async () =>
      (await db.select().from(positions).orderBy(asc(positions.plan), asc(positions.unit))).map(({ position }) => position),
    savePlanState: (state, entry) =>
      unlessLate(
        oneAtATime(db, async (tx) => {
          if (!(await writePlan(tx, storable(state)))) throw new Late()
          await tx.insert(audit).values(storable(entry))
        }),
      ),
    move: (position, changes, entry, moving = {}) =>
      unlessLate(oneAtATime(db, (tx) => move(tx, { position, changes, entry, moving }, notify))),
    place: (position, entries, moving = {}) => unlessLate(oneAtATime(db, (tx) => place(tx, position, entries, moving))),
    tell: (about, telling) =>
      db.transaction(async (tx) => {
        // Who looked before it moved tells of what is over.
        if ((await versionOf(tx, about)) === about.version) await keep(tx, telling)
      }),
    uptime: (least) => putForward(db, least),
  }
}

async function putForward(db: Database, least: number): Promise<number> {
  const [row] = await db
    .insert(uptime)
    .values({ id: 1, ms: least })
    .onConflictDoUpdate({ target: uptime.id, set: { ms: sql`greatest(${uptime.ms}, excluded.ms)` } })
    .returning({ ms: uptime.ms })
  return row?.ms ?? least
}

function oneAtATime(db: Database, work: (tx: Transaction) => Promise<void>): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${ACTING})`)
    await work(tx)
  })
}

interface Move {
  readonly position: Position
  readonly changes: readonly FlagChange[]
  readonly entry: AuditEntry
  readonly moving: Moving
}

async function move(
  tx: Transaction,
  { position, changes, entry, moving }: Move,
  notify: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  await place(tx, position, [entry, ...changes.flatMap(({ entries }) => entries)], moving)
  for (const { flag, expectedVersion } of changes) {
    if (!(await writeFlag(tx, storable(flag), expectedVersion))) throw new Late()
  }
  if (changes.length > 0) await notify(tx)
}

async function place(tx: Transaction, position: Position, entries: readonly AuditEntry[], { onlyIn, telling }: Moving): Promise<void> {
  if (onlyIn !== undefined && !(await isIn(tx, onlyIn))) throw new Late()
  // The record comes first: what is applied was written down.
  if (entries.length > 0) await tx.insert(audit).values(entries.map((one) => storable(one)))
  if (!(await writePosition(tx, storable(position)))) throw new Late()
  if (telling !== undefined) await keep(tx, telling)
}

/** Nobody has paused or frozen anything since the decision was made. */
async function isIn(tx: Transaction, { plan, version }: Pick<PlanState, 'plan' | 'version'>): Promise<boolean> {
  const found = await tx
    .select({ state: plans.state })
    .from(plans)
    .where(inArray(plans.plan, [plan, EVERY_PLAN]))
  const states = found.map(({ state }) => state)
  return states.some((state) => state.plan === plan && state.version === version) && !states.some(isFreeze)
}

function isFreeze({ plan, status }: PlanState): boolean {
  return plan === EVERY_PLAN && status === 'paused'
}

async function versionOf(tx: Transaction, { plan, unit }: Pick<Position, 'plan' | 'unit'>): Promise<number> {
  const [found] = await tx
    .select({ version: positions.version })
    .from(positions)
    .where(and(eq(positions.plan, plan), eq(positions.unit, unit)))
  return found?.version ?? 0
}

async function writePlan(tx: Transaction, state: PlanState): Promise<boolean> {
  const row = { plan: state.plan, version: state.version, state }
  const before = and(eq(plans.plan, state.plan), eq(plans.version, state.version - 1))
  const written =
    state.version === 1
      ? await tx.insert(plans).values(row).onConflictDoNothing().returning({ plan: plans.plan })
      : await tx.update(plans).set(row).where(before).returning({ plan: plans.plan })
  return written.length > 0
}

async function writePosition(tx: Transaction, position: Position): Promise<boolean> {
  const { plan, unit, version } = position
  const row = { plan, unit, version, position }
  const before = and(eq(positions.plan, plan), eq(positions.unit, unit), eq(positions.version, version - 1))
  const written =
    version === 1
      ? await tx.insert(positions).values(row).onConflictDoNothing().returning({ unit: positions.unit })
      : await tx.update(positions).set(row).where(before).returning({ unit: positions.unit })
  return written.length > 0
}

async function unlessLate(transaction: Promise<void>): Promise<boolean> {
  try {
    await transaction
    return true
  } catch (error) {
    if (error instanceof Late) return false
    throw error
  }
}
