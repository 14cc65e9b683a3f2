import type { Overview, OverviewRow } from '../admin/control-plane.ts'
import { fixableIn, fixFirst, type CellSum } from '../core/triage/fix-first.ts'
import type { Gates } from '../core/evidence/gates.ts'
import type { Evidence } from '../core/evidence/evidence.ts'
import { EvidenceSum } from '../core/evidence/evidence-sum.ts'
import type { PackedCell } from '../core/evidence/packed-evidence.ts'
import { rateKey } from '../core/evidence/rates.ts'
import type { Settled } from '../core/evidence/settled.ts'
import { summarise } from '../core/evidence/summary.ts'
import { UNCLASSIFIED } from '../core/evidence/tally.ts'
import { judgeCell } from '../core/rollout/judge.ts'
import { StepEvidenceSum } from '../core/rollout/step-evidence.ts'
import type { Stage } from '../core/routing/stage.ts'

/** What holds for an operation in a region now: `percent` of subjects are at `stage`, the others at `rest`. */
export interface Standing {
  readonly stage: Stage
  readonly percent: number
  readonly rest: Stage
}

export interface OverviewSources {
  readonly standing: (operation: string, region: string) => Standing
  readonly rates: ReadonlyMap<string, number>
  readonly settled: Pick<Settled, 'until' | 'gaps'>
  readonly gates: Gates
}

/** What an operation did in a region, over all stages and at each. */
interface Sum {
  readonly operation: string
  readonly region: string
  readonly total: EvidenceSum
  readonly byStage: Map<Stage, StepEvidenceSum>
}

/** Sums the windows of a span of time into one row an operation and region, busiest first. */
export class OverviewSum {
  readonly #sums = new Map<string, Sum>()

  add(cell: PackedCell): void {
    const { operation, region, stage, packed } = cell
    const key = rateKey(operation, region)
    const sum = this.#sums.get(key) ?? { operation, region, total: new EvidenceSum(), byStage: new Map() }
    this.#sums.set(key, sum)
    sum.total.add(packed)
    const atStage = sum.byStage.get(stage) ?? new StepEvidenceSum()
    sum.byStage.set(stage, atStage)
    atStage.add(cell)
  }

  overview(span: { readonly from: number; readonly to: number }, sources: OverviewSources): Overview {
    const rows: OverviewRow[] = []
    const unclassified: Overview['unclassified'][number][] = []
    const fixable: CellSum[] = []
    for (const [key, sum] of this.#sums) {
      const { operation, region } = sum
      // Of one sum after the other: to read all of them at once takes many times the room.
      const evidence = sum.total.value
      if (operation === UNCLASSIFIED) unclassified.push({ region, requests: evidence.requests })
      else {
        rows.push(rowOf(key, sum, evidence, sources))
        fixable.push({ operation, region, evidence: fixableIn(evidence) })
      }
    }
    return {
      ...span,
      rows: rows.toSorted((a, b) => b.summary.requests - a.summary.requests),
      fixFirst: fixFirst(fixable, sources.gates.mismatches),
      unclassified,
    }
  }
}

function rowOf(key: string, { operation, region, byStage }: Sum, evidence: Evidence, sources: OverviewSources): OverviewRow {
  const { stage, percent, rest } = sources.standing(operation, region)
  // What was counted before the stage was changed says nothing about it.
  const atStage = byStage.get(stage)
  atStage?.settle(sources.settled.until, sources.settled.gaps)
  return {
    operation,
    region,
    stage,
    percent,
    rest,
    rate: sources.rates.get(key) ?? 0,
    summary: summarise(evidence),
    verdict: judgeCell({ stage, percent }, { ...sources.gates, soakMs: 0 }, atStage?.all()[0]),
  }
}
