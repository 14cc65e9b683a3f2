import type { DifferenceClass, JsonType } from '../comparison/comparison.ts'
import type { Rule } from './rule.ts'

/** What a rule needs to know of a difference. */
export interface Judged {
  readonly class: DifferenceClass
  readonly legacy: JsonType
  readonly candidate: JsonType
}

/** `ignore: true` hides no more than these: what is worse has to be named, so that nobody hides it by the way. */
const IGNORED_BY_TRUE: ReadonlySet<DifferenceClass> = new Set(['value', 'format', 'precision', 'list-order'])

/** `presence: true` looks at whether there is a value, and at its type. */
const WITHIN_PRESENCE: ReadonlySet<DifferenceClass> = new Set(['value', 'format', 'precision', 'list-order', 'list-membership'])

/** Whether a rule that holds at the place of a difference accepts it. Lists in any order are the walk's business. */
export function accepts(rule: Rule, difference: Judged): boolean {
  if ('ignore' in rule.do) {
    const { ignore } = rule.do
    return ignore === true ? IGNORED_BY_TRUE.has(difference.class) : ignore.classes.includes(difference.class)
  }
  return 'presence' in rule.do && WITHIN_PRESENCE.has(difference.class) && difference.legacy === difference.candidate
}
