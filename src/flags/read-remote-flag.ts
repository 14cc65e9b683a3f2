import type { Clause, FlagRule, Variation } from '../core/routing/flag.ts'
import type { RemoteFlag } from '../core/routing/remote-flag.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * A flag from the answer of `GET /api/v2/flags/{project}/{key}?env={environment}`.
 * @throws TypeError naming the member that is not as LaunchDarkly documents it
 */
export function readRemoteFlag(answer: unknown, environment: string): RemoteFlag {
  const flag = members(answer, 'the answer')
  const config = members(members(flag['environments'], 'environments')[environment], `environments.${environment}`)
  const variations = list(flag['variations'], 'variations').map((one, index) => members(one, `variations[${index}]`))
  const rules = list(config['rules'] ?? [], 'rules').map((one, index) => readRule(one, `rules[${index}]`))
  const offVariation = config['offVariation']
  return {
    flag: {
      key: text(flag['key'], 'key'),
      version: number(config['version'], 'version'),
      on: config['on'] === true,
      salt: text(config['salt'] ?? '', 'salt'),
      variations: variations.map(({ value }) => value),
      ...(offVariation === undefined ? {} : { offVariation: number(offVariation, 'offVariation') }),
      fallthrough: readServing(config['fallthrough'] ?? {}, 'fallthrough'),
      rules: rules.map(({ rule }) => rule),
      targets: list(config['targets'] ?? [], 'targets'),
      contextTargets: list(config['contextTargets'] ?? [], 'contextTargets'),
      prerequisites: list(config['prerequisites'] ?? [], 'prerequisites'),
    },
    variationIds: variations.map(({ _id }, index) => text(_id, `variations[${index}]._id`)),
    clauseIds: Object.fromEntries(rules.map(({ rule, clauseIds }) => [rule.id, clauseIds])),
    archived: flag['archived'] === true || config['archived'] === true,
    migration: flag['purpose'] === 'migration',
  }
}

function readRule(value: unknown, at: string): { readonly rule: FlagRule; readonly clauseIds: readonly string[] } {
  const rule = members(value, at)
  const clauses = list(rule['clauses'] ?? [], `${at}.clauses`).map((one, index) => members(one, `${at}.clauses[${index}]`))
  return {
    rule: {
      id: text(rule['_id'], `${at}._id`),
      clauses: clauses.map((clause, index) => readClause(clause, `${at}.clauses[${index}]`)),
      ...readServing(rule, at),
    },
    clauseIds: clauses.map(({ _id }) => (typeof _id === 'string' ? _id : '')),
  }
}

function readClause(clause: Members, at: string): Clause {
  const kind = clause['contextKind']
  return {
    ...(typeof kind === 'string' ? { contextKind: kind } : {}),
    attribute: text(clause['attribute'] ?? '', `${at}.attribute`),
    op: text(clause['op'], `${at}.op`),
    values: list(clause['values'], `${at}.values`),
    negate: clause['negate'] === true,
  }
}

function readServing(value: unknown, at: string): Variation {
  const { variation, rollout } = members(value, at)
  if (variation !== undefined && variation !== null) return { variation: number(variation, `${at}.variation`) }
  if (rollout === undefined || rollout === null) return {}
  const { variations, contextKind } = members(rollout, `${at}.rollout`)
  const weights = list(variations, `${at}.rollout.variations`).map((one, index) => {
    const weighted = members(one, `${at}.rollout.variations[${index}]`)
    return {
      variation: number(weighted['variation'], `${at}.rollout.variation`),
      weight: number(weighted['weight'], `${at}.rollout.weight`),
    }
  })
  return { rollout: { kind: 'rollout', contextKind: typeof contextKind === 'string' ? contextKind : 'user', variations: weights } }
}

function members(value: unknown, at: string): Members {
  // The cast holds: any object may be asked for any member.
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw new TypeError(`${at} is no object`)
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError(`${at} is no list`)
}

function text(value: unknown, at: string): string {
  if (typeof value === 'string') return value
  throw new TypeError(`${at} is no text`)
}

function number(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new TypeError(`${at} is no number`)
}
