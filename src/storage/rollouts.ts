import { and, asc, eq } from 'drizzle-orm'
import type { AuditEntry } from '../core/rollout/audit.ts'
import type { PlanState, Position } from '../core/rollout/position.ts'
import type { Database, Transaction } from './database.ts'
import { writeFlag } from './flags.ts'
import { audit, plans, positions } from './schema.ts'
import { storable } from './storable.ts'
import type { FlagChange, RolloutStore } from './store.ts'

/** Somebody else was faster: undoes what the transaction wrote so far. */
class Late extends Error {}

/** Plans, positions and the flags that move with them. `notify` runs inside the transaction that changed a flag. */
export function createRolloutStore(db: Database, notify: (tx: Transaction) => Promise<unknown>): RolloutStore {
  return {
    planStates: async () => (await db.select().from(plans).orderBy(asc(plans.plan))).map(({ state }) => state),
    positions: async () =>
      (await db.select().from(positions).orderBy(asc(positions.plan), asc(positions.unit))).map(({ position }) => position),
    savePlanState: (state, entry) =>
      unlessLate(
        db.transaction(async (tx) => {
          if (!(await writePlan(tx, storable(state)))) throw new Late()
          await tx.insert(audit).values(storable(entry))
        }),
      ),
    move: (position, changes, entry) => unlessLate(db.transaction((tx) => move(tx, position, changes, entry, notify))),
  }
}

async function move(
  tx: Transaction,
  position: Position,
  changes: readonly FlagChange[],
  entry: AuditEntry,
  notify: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  // The record comes first: what is applied was written down.
  await tx.insert(audit).values([entry, ...changes.flatMap(({ entries }) => entries)].map((one) => storable(one)))
  if (!(await writePosition(tx, storable(position)))) throw new Late()
  for (const { flag, expectedVersion } of changes) {
    if (!(await writeFlag(tx, storable(flag), expectedVersion))) throw new Late()
  }
  if (changes.length > 0) await notify(tx)
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
