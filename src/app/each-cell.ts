import type { PackedCell } from '../core/evidence/packed-evidence.ts'
import type { EvidenceQuery, EvidenceStore } from '../storage/store.ts'

/** Operations whose rows are there at once: a month of one that is busy is some megabytes. */
const OPERATIONS_AT_ONCE = 5

/**
 * Hands over all counts of a span, some operations after the others, each as of one moment: what is added up is never there whole.
 * @param isWanted of operations; absent: all are
 */
export async function eachCell(
  store: Pick<EvidenceStore, 'counted' | 'packed'>,
  query: EvidenceQuery,
  take: (cell: PackedCell) => void,
  isWanted: (operation: string) => boolean = () => true,
): Promise<void> {
  const names = (query.operation === undefined ? await store.counted(query) : [query.operation]).filter(isWanted)
  for (let start = 0; start < names.length; start += OPERATIONS_AT_ONCE) {
    const cells = await store.packed(query, names.slice(start, start + OPERATIONS_AT_ONCE))
    for (const cell of cells) take(cell)
  }
}
