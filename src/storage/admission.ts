import { count, inArray } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { OVERFLOW, mergeGroup, type GroupDelta } from '../core/comparison/group.ts'
import { mergeCells, type EvidenceBatch } from '../core/evidence/batch.ts'
import { OTHER } from '../core/evidence/counts.ts'
import type { Transaction } from './database.ts'
import { chunksOf } from './rows.ts'
import { groups, operations } from './schema.ts'

/** Operations that have rows of their own. Clients choose names and documents; the requests of further ones are counted as `~other`. */
export const MAX_OPERATIONS = 5_000
/** Groups that have rows of their own. Answers with random keys must not fill the disk; the differences of further ones are counted as `~other`. */
export const MAX_GROUPS = 5_000

/**
 * A batch in which what finds no room is counted under the common names: nothing is lost from the sums. Writers at the same moment may each take the last
 * room, so that the bounds hold to within what the replicas send at once.
 */
export async function admit(tx: Transaction, batch: EvidenceBatch): Promise<EvidenceBatch> {
  const named = [batch.operations.map(({ key }) => key), batch.cells.map(({ operation }) => operation)]
  const counted = batch.groups.flatMap(({ counts }) => counts.map(({ operation }) => operation))
  const isOperation = await admission(tx, operations, operations.key, [...named.flat(), ...counted], MAX_OPERATIONS)
  const isGroup = await admission(
    tx,
    groups,
    groups.id,
    batch.groups.map(({ id }) => id),
    MAX_GROUPS,
  )
  const nameOf = (operation: string): string => (isOperation(operation) ? operation : OTHER)
  return {
    ...batch,
    operations: batch.operations.filter(({ key }) => isOperation(key)),
    cells: mergeCells(batch.cells.map((cell) => ({ ...cell, operation: nameOf(cell.operation) }))),
    groups: regroup(
      batch.groups.map((group) => ({ ...group, ...(isGroup(group.id) ? {} : { ...OVERFLOW, examples: [] }) })),
      nameOf,
    ),
  }
}

/** Says which names may have rows: known ones, those that Banyan itself gives (`~other`), and new ones while there is room. */
async function admission(
  tx: Transaction,
  table: PgTable,
  column: PgColumn,
  names: readonly string[],
  room: number,
): Promise<(name: string) => boolean> {
  const asked = [...new Set(names)].filter((name) => !name.startsWith('~'))
  const [total] = await tx.select({ rows: count() }).from(table)
  let left = room - (total?.rows ?? 0)
  if (asked.length <= left) return () => true
  const known = new Set<unknown>()
  for (const some of chunksOf(asked)) {
    const found = await tx
      .select({ name: column })
      .from(table)
      .where(inArray(column, [...some]))
    for (const { name } of found) known.add(name)
  }
  const refused = new Set(
    asked.filter((name) => {
      if (known.has(name)) return false
      left -= 1
      return left < 0
    }),
  )
  return (name) => !refused.has(name)
}

/** One delta a group, and in it one count an operation and region. */
function regroup(deltas: readonly GroupDelta[], nameOf: (operation: string) => string): readonly GroupDelta[] {
  const merged = new Map<string, GroupDelta>()
  for (const delta of deltas) {
    const renamed = { ...delta, counts: delta.counts.map((counted) => ({ ...counted, operation: nameOf(counted.operation) })) }
    const known = merged.get(delta.id) ?? { ...renamed, counts: [], facets: [], examples: [] }
    merged.set(delta.id, mergeGroup(known, renamed))
  }
  return [...merged.values()]
}
