import { hash } from 'node:crypto'
import type { AcceptedGroup } from '../comparison/acceptance.ts'
import type { Rule } from './rule.ts'

/**
 * What comparisons were judged by, as 16 hex digits: two of one version were judged by the same rules (RU-7). It changes with what a rule does, where and
 * when, with their order, with a rule that expires, and with the groups that people accepted; a new reason, owner or last day judges nothing differently.
 * @param rules those in force, expired ones left out, in the order in which they were loaded
 */
export function ruleVersion(rules: readonly Rule[], accepted: readonly AcceptedGroup[]): string {
  const judging = rules.map(({ id, at, side, when, do: action }) => [id, at, side, when, action])
  return hash('sha256', JSON.stringify([judging, accepted.map(({ group }) => group).toSorted()], withSortedKeys)).slice(0, 16)
}

/** The order in which somebody wrote the members of a rule says nothing. */
function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
