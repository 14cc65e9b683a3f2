import { CLASSES, isBlocking, SEVERITY, type Comparison, type Difference } from './comparison.ts'
import { consequencesOf, groupIdOf } from './group.ts'

/** A group that a person accepted, and the id under which its differences are shown as suppressed. */
export interface AcceptedGroup {
  readonly group: string
  readonly rule: string
}

/**
 * A comparison without the differences of accepted groups, and without what those explain. Narrower than a rule on the same coordinate: another
 * difference of the same class there stays open. Of a comparison that was cut nobody knows what is behind the cut: it keeps the class of its last one.
 */
export function withoutAccepted(comparison: Comparison, accepted: ReadonlyMap<string, string>): Comparison {
  if (accepted.size === 0 || comparison.differences.length === 0) return comparison
  const rules = new Map<Difference, string>()
  for (const difference of comparison.differences) {
    const rule = accepted.get(groupIdOf(difference))
    if (rule === undefined) continue
    rules.set(difference, rule)
    for (const consequence of consequencesOf(difference, comparison.differences)) rules.set(consequence, rule)
  }
  if (rules.size === 0) return comparison
  const open = comparison.differences.filter((difference) => !rules.has(difference))
  const suppressed = [...rules].map(([difference, rule]) => ({ ...difference, rule }))
  const last = comparison.total > comparison.differences.length ? comparison.differences.at(-1) : undefined
  const left = [...open, ...(last === undefined ? [] : [last])]
  // What a rule made harmless says nothing of the class.
  const classes = new Set(left.filter(({ severity }) => severity !== 'warn').map((difference) => difference.class))
  const worst = CLASSES.findLast((name) => classes.has(name)) ?? 'normalised'
  const isExcluded = SEVERITY[worst] === 'excluded'
  return {
    ...comparison,
    class: worst,
    verdict: isExcluded ? 'inconclusive' : left.some(isBlocking) ? 'mismatch' : 'match',
    differences: open,
    total: comparison.total - rules.size,
    suppressed: [...comparison.suppressed, ...suppressed],
    suppressions: [...comparison.suppressions, ...countsOf(rules.values())],
  }
}

function countsOf(rules: Iterable<string>): Comparison['suppressions'] {
  const byRule = Map.groupBy(rules, (rule) => rule)
  return [...byRule].map(([rule, { length: count }]) => ({ rule, count }))
}
