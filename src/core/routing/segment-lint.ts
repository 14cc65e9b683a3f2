import { lintClauses, type FlagProblem, type FlagWorld } from './flag-lint.ts'
import type { Clause, FlagRule } from './flag.ts'
import type { Segment } from './segment.ts'

const WHOLE = 100_000

/** What a segment does that its author can hardly have meant. One that asks for itself, or for one that is not there, matches nobody, or everybody where that is negated. */
export function lintSegment(segment: Pick<Segment, 'key' | 'rules'>, world: FlagWorld): readonly Omit<FlagProblem, 'flag'>[] {
  return (segment.rules ?? []).flatMap(({ clauses, weight }, index) => [
    ...lintClauses({ clauses }, `rules[${index}].clauses`, world),
    ...(weight === undefined || (weight >= 0 && weight <= WHOLE)
      ? []
      : [{ at: `rules[${index}].weight`, message: `the weight is ${weight}`, fix: 'give thousandths of a percent, 0 to 100000' }]),
  ])
}

/** Keys of the segments that rules ask for. */
export function asksFor(rules: readonly Pick<FlagRule, 'clauses'>[]): ReadonlySet<string> {
  const values = ({ op, values: named }: Clause): readonly unknown[] => (op === 'segmentMatch' && Array.isArray(named) ? named : [])
  return new Set(rules.flatMap(({ clauses }) => clauses.flatMap(values)).map(String))
}
