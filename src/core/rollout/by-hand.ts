import { GATE_DEFAULTS, type Gates } from '../evidence/gates.ts'
import { flagLines, type FlagLine } from '../routing/flag-lines.ts'
import type { Flag } from '../routing/flag.ts'
import { rolesFor } from '../routing/stage.ts'
import type { Plan, Unit } from './plan.ts'

/** What an operator put where the candidate serves, without a plan: the guard watches it all the same. */
export interface ByHand {
  readonly plan: Plan
  readonly unit: Unit
  /** Changes with every change of the flag. */
  readonly key: string
}

/**
 * Failures are nobody's wish. What differs was there to be seen by whoever set it, and so was what is slower on the whole: only when nearly every answer differs
 * something else must have happened.
 */
const GATES: Gates = { ...GATE_DEFAULTS, mismatches: 0.49, p50: 'none', p95: 'none', p99: 'none', coverage: 0 }

/** No plan of a file can be called so. */
const NAME = '(by hand)'

/**
 * A plan of one step for each operation and flag line by which the candidate serves it. It never goes forward: nothing but going back is decided about it.
 * @param regions every region that requests can have
 */
export function plansByHand(flags: readonly Flag[], regions: readonly string[]): readonly ByHand[] {
  return flags.flatMap((flag) => {
    const lines = flagLines(flag)
    return (
      lines
        // Those whom somebody chose one by one are no share that the guard could take back.
        .filter(({ on, only, stage }) => on && only === undefined && rolesFor(stage, 'query').primary === 'candidate')
        .flatMap((line) => line.operations.map((operation) => planOf(flag, line, operation, regionsOf(line, lines, regions))))
    )
  })
}

/** A line for everywhere is about the regions that have none of their own. */
function regionsOf({ region }: FlagLine, lines: readonly FlagLine[], all: readonly string[]): readonly string[] {
  return region === '*' ? all.filter((one) => !lines.some((line) => line.region === one)) : [region]
}

function planOf({ key, version }: Flag, { region, stage, percent, rest }: FlagLine, operation: string, regions: readonly string[]): ByHand {
  const step = {
    name: `${stage} in ${regions.join(', ')}`,
    regions,
    stage,
    percent,
    rest,
    bakeMs: 0,
    gates: GATES,
    approval: 'person' as const,
  }
  const plan: Plan = { name: NAME, why: 'set by hand', operations: [operation], steps: [step], onInconclusive: 'hold', frozen: true }
  return { plan, unit: { name: `${operation} in ${region}`, operations: [operation] }, key: `${key} ${version} ${operation} ${region}` }
}
