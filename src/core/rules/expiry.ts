import type { Rule } from './rule.ts'

/** The rules that apply on a day, `YYYY-MM-DD`: an expired one does not (RU-5). */
export function inForce(rules: readonly Rule[], today: string): readonly Rule[] {
  return rules.filter((rule) => !isExpired(rule, today))
}

export function isExpired({ expires }: Pick<Rule, 'expires'>, today: string): boolean {
  return expires !== undefined && expires < today
}
