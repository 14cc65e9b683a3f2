import type { Overview, OverviewRow } from '../admin/control-plane.ts'
import { fixFirst } from '../core/triage/fix-first.ts'
import { GATE_DEFAULTS } from '../core/evidence/gates.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type CellEvidence, type Evidence } from '../core/evidence/evidence.ts'
import { rateKey } from '../core/evidence/rates.ts'
import { summarise } from '../core/evidence/summary.ts'
import { UNCLASSIFIED } from '../core/evidence/tally.ts'
import type { Verdict } from '../core/rollout/judge.ts'
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
  /** Judges the evidence of one stage. */
  readonly judge: (evidence: Evidence, stage: Stage) => Verdict
}

/** Sums the windows of a span of time into one row an operation and region, busiest first. */
export function overviewOf(
  cells: readonly CellEvidence[],
  span: { readonly from: number; readonly to: number },
  sources: OverviewSources,
): Overview {
  const sums = new Map<string, Sum>()
  for (const { operation, region, stage, evidence } of cells) {
    const key = rateKey(operation, region)
    const { total, byStage } = sums.get(key) ?? { total: EMPTY_EVIDENCE, byStage: {} }
    const atStage = mergeEvidence(byStage[stage] ?? EMPTY_EVIDENCE, evidence)
    sums.set(key, { operation, region, total: mergeEvidence(total, evidence), byStage: { ...byStage, [stage]: atStage } })
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
        .map(([, { operation, region, total }]) => ({ operation, region, evidence: total })),
      GATE_DEFAULTS.mismatches,
    ),
    unclassified: unclassified.map(([, { region, total }]) => ({ region, requests: total.requests })),
  }
}

/** What an operation did in a region, over all stages and at each. */
interface Sum {
  readonly operation: string
  readonly region: string
  readonly total: Evidence
  readonly byStage: Readonly<Partial<Record<Stage, Evidence>>>
}

function rowOf(key: string, { operation, region, total, byStage }: Sum, { standing, rates, judge }: OverviewSources): OverviewRow {
  const { stage, percent, rest } = standing(operation, region)
  return {
    operation,
    region,
    stage,
    percent,
    rest,
    rate: rates.get(key) ?? 0,
    summary: summarise(total),
    // What was counted before the stage was changed says nothing about it.
    verdict: judge(byStage[stage] ?? EMPTY_EVIDENCE, stage),
  }
}
