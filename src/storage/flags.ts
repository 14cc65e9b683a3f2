import { and, asc, desc, eq, inArray, or, sql, type SQL } from 'drizzle-orm'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { EVERY_PLAN } from '../core/rollout/position.ts'
import type { Flag } from '../core/routing/flag.ts'
import type { Database, Transaction } from './database.ts'
import { audit, flags, segments } from './schema.ts'
import { storable } from './storable.ts'
import type { FlagStore, SegmentChange } from './store.ts'

/** Flags and their audit. `notify` runs inside the transaction that changed a flag. */
export function createFlagStore(db: Database, notify: (tx: Transaction) => Promise<unknown>): Omit<FlagStore, 'onChange'> {
  return {
    flags: async () => (await db.select().from(flags).orderBy(asc(flags.key))).map(({ flag }) => flag),
    segments: async () => (await db.select().from(segments).orderBy(asc(segments.key))).flatMap(({ segment }) => segment ?? []),
    segmentVersion: async (key) => (await db.select().from(segments).where(eq(segments.key, key)))[0]?.version ?? 0,
    saveSegment: (change, entry) => db.transaction((tx) => saveSegment(tx, storable(change), storable(entry), notify)),
    save: (flag, expectedVersion, entry) => db.transaction((tx) => save(tx, storable(flag), expectedVersion, storable(entry), notify)),
    note: async (entry) => {
      await db.insert(audit).values(storable(entry))
    },
    audit: (limit, plan) => newest(db, limit, plan),
  }
}

function newest(db: Database, limit: number, plan: string | undefined): Promise<AuditEntry[]> {
  const { at, who, target, region, from, to, why } = audit
  const entries = db.select({ at, who, target, region, from, to, why }).from(audit)
  return entries
    .where(plan === undefined ? undefined : isAbout(plan))
    .orderBy(desc(audit.id))
    .limit(limit)
}

function isAbout(plan: string): SQL | undefined {
  const units = `plan:${plan}/`
  return or(inArray(audit.target, [`plan:${plan}`, `plan:${EVERY_PLAN}`]), sql`left(${audit.target}, ${units.length}) = ${units}`)
}

async function save(
  tx: Transaction,
  flag: Flag,
  expectedVersion: number,
  entry: AuditEntry,
  notify: (tx: Transaction) => Promise<unknown>,
): Promise<boolean> {
  if (!(await writeFlag(tx, flag, expectedVersion))) return false
  await tx.insert(audit).values(entry)
  await notify(tx)
  return true
}

/** `false`: the stored flag is not at `expectedVersion`, nothing was written. */
export async function writeFlag(tx: Transaction, flag: Flag, expectedVersion: number): Promise<boolean> {
  const row = { key: flag.key, version: flag.version, flag }
  const written =
    expectedVersion === 0
      ? await tx.insert(flags).values(row).onConflictDoNothing().returning({ key: flags.key })
      : await tx
          .update(flags)
          .set(row)
          .where(and(eq(flags.key, flag.key), eq(flags.version, expectedVersion)))
          .returning({ key: flags.key })
  return written.length > 0
}

async function saveSegment(
  tx: Transaction,
  { key, segment, expectedVersion }: SegmentChange,
  entry: AuditEntry,
  notify: (tx: Transaction) => Promise<unknown>,
): Promise<boolean> {
  const version = expectedVersion + 1
  const row = { key, version, segment: segment === undefined ? null : { ...segment, key, version } }
  const written =
    expectedVersion === 0
      ? await tx.insert(segments).values(row).onConflictDoNothing().returning({ key: segments.key })
      : await tx
          .update(segments)
          .set(row)
          .where(and(eq(segments.key, key), eq(segments.version, expectedVersion)))
          .returning({ key: segments.key })
  if (written.length === 0) return false
  await tx.insert(audit).values(entry)
  await notify(tx)
  return true
}
