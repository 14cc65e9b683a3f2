import type { RuleStanding, RuleView } from '../admin/rule-views.ts'
import { visible } from './table.ts'

/** Ids that a line names; the rest is a count. */
const NAMED = 5
const MINUTES_PER_DAY = 1_440

/** What an operator has to know of the rules, a line each: files that are wrong, rules that are over, rules that nobody needs (RU-5). */
export function ruleNotices(
  { expired, stale }: RuleStanding,
  rules: readonly Pick<RuleView, 'id' | 'idle'>[],
  minutes: number,
): readonly string[] {
  const idle = rules.filter((rule) => rule.idle).map(({ id }) => id)
  return [
    ...(stale === undefined
      ? []
      : [
          `the files of rules are wrong since ${new Date(stale.since).toISOString().slice(0, 16)}Z, and the old rules hold on:`,
          ...stale.problems.map((problem) => `  ${problem}`),
        ]),
    ...(expired.length === 0 ? [] : [`expired, and not applied: ${named(expired)}`]),
    ...(idle.length === 0 ? [] : [`suppressed nothing in ${spanText(minutes)}: ${named(idle)}`]),
  ].map(visible)
}

function named(ids: readonly string[]): string {
  const shown = ids.slice(0, NAMED).join(', ')
  return ids.length > NAMED ? `${shown} and ${ids.length - NAMED} more` : shown
}

function spanText(minutes: number): string {
  return minutes % MINUTES_PER_DAY === 0 ? `${minutes / MINUTES_PER_DAY} d` : `${minutes} min`
}
