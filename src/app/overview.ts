import type { Overview, OverviewRow } from '../admin/control-plane.ts'
import { fixFirst } from '../core/triage/fix-first.ts'
import type { Gates } from '../core/evidence/gates.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import { EvidenceSum } from '../core/evidence/evidence-sum.ts'
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

/** Sums the windows of a span of time into one row an operation and region, busiest first. */
export function overviewOf(
  cells: readonly CellEvidence[],
  span: { readonly from: number; readonly to: number },
  sources: OverviewSources,
): Overview {
  const sums = new Map<string, Sum>()
  for (const cell of cells) {
    const { operation, region, stage, evidence } = cell
    const key = rateKey(operation, region)
    const sum = sums.get(key) ?? { operation, region, total: new EvidenceSum(), byStage: new Map() }
    sums.set(key, sum)
    sum.total.add(evidence)
    const atStage = sum.byStage.get(stage) ?? new StepEvidenceSum()
    sum.byStage.set(stage, atStage)
    atStage.add(cell)
  }
  const all = [...sums.entries()]
  const rows = all.filter(([, { operation }]) => operation !== UNCLASSIFIED).map(([key, sum]) => rowOf(key, sum, sources))
  const unclassified = all.filter(([, { operation }]) => operation === UNCLASSIFIED)
  return {
    ...span,
    rows: rows.toSorted((a, b) => b.summary.requests - a.summary.requests),
    fixFirst: fixFirst(
      all
        .filter(([, { operation }]) => operation !== UNCLASSIFIED)
        .map(([, { operation, region, total }]) => ({ operation, region, evidence: total.value })),
      sources.gates.mismatches,
    ),
    unclassified: unclassified.map(([, { region, total }]) => ({ region, requests: total.value.requests })),
  }
}

/** What an operation did in a region, over all stages and at each. */
interface Sum {
  readonly operation: string
  readonly region: string
  readonly total: EvidenceSum
  readonly byStage: Map<Stage, StepEvidenceSum>
}

function rowOf(key: string, { operation, region, total, byStage }: Sum, sources: OverviewSources): OverviewRow {
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
    summary: summarise(total.value),
    verdict: judgeCell({ stage, percent }, { ...sources.gates, soakMs: 0 }, atStage?.all()[0]),
  }
}
