import { setImmediate } from 'node:timers/promises'
import type { PackedCell } from '../core/evidence/packed-evidence.ts'
import { settledBy, type SettledBy } from '../core/evidence/settled.ts'
import { unitsOf, type Plan } from '../core/rollout/plan.ts'
import { replay, type UnitStory } from '../core/rollout/replay.ts'
import { BEFORE_MS } from '../storage/seams.ts'
import type { EvidenceStore } from '../storage/store.ts'
import { eachCell } from './each-cell.ts'

/** What a plan would have done with what the store has of a span of time. */
export async function replayStored(
  plan: Plan,
  evidence: Pick<EvidenceStore, 'counted' | 'packed' | 'operationKeys' | 'sources'>,
  { from, to }: { readonly from: number; readonly to: number },
  settledByWhat: SettledBy,
): Promise<readonly UnitStory[]> {
  const [seen, { sources, at }] = await Promise.all([evidence.operationKeys(), evidence.sources()])
  const units = unitsOf(plan, seen)
  const moved = new Set(units.flatMap(({ operations }) => operations))
  const cells: PackedCell[] = []
  const keep = (cell: PackedCell): void => void cells.push(cell)
  await eachCell(evidence, { from, to }, keep, (operation) => moved.has(operation))
  const { gaps } = settledBy(sources, to, at, settledByWhat)
  const replaying = replay(plan, units, { cells, from, to, settledBy: settledByWhat, gaps, beforeMs: BEFORE_MS })
  for (;;) {
    const step = replaying.next()
    if (step.done === true) return step.value
    // Whoever else this process serves goes first.
    await setImmediate()
  }
}
