import { WHOLE, type Flag, type FlagRule, type Variation } from './flag.ts'

/** A flag as LaunchDarkly's REST API has it in one environment, with the ids that its patches need. */
export interface RemoteFlag {
  /** In the SDK's model; ids of rules are LaunchDarkly's own. */
  readonly flag: Flag
  /** By index, as `flag.variations`. */
  readonly variationIds: readonly string[]
  /** Of the clauses of each rule, by the rule's id. */
  readonly clauseIds: Readonly<Record<string, readonly string[]>>
  readonly archived: boolean
  /** Whether it is a migration flag, whose rules always serve shares. */
  readonly migration: boolean
}

type Serving =
  | { readonly variationId: string }
  | { readonly rolloutWeights: Readonly<Record<string, number>>; readonly rolloutContextKind: 'user' }

/** What a semantic patch does, one thing each: LaunchDarkly's REST API, "Update feature flag". */
export type Instruction =
  | { readonly kind: 'turnFlagOn' | 'turnFlagOff' }
  | { readonly kind: 'removeRule'; readonly ruleId: string }
  | ({ readonly kind: 'updateRuleVariationOrRollout'; readonly ruleId: string } & Serving)
  | ({ readonly kind: 'updateFallthroughVariationOrRollout' } & Serving)
  | ({ readonly kind: 'addRule'; readonly clauses: FlagRule['clauses']; readonly beforeRuleId?: string } & Serving)
  | {
      readonly kind: 'addValuesToClause' | 'removeValuesFromClause'
      readonly ruleId: string
      readonly clauseId: string
      readonly values: readonly string[]
    }

/** The instructions that make of a flag what `after` says: only what differs, rule by rule, so that whatever else is done to the flag at the same time stays. */
export function patchFor(remote: RemoteFlag, after: Flag): readonly Instruction[] {
  const before = remote.flag.rules ?? []
  const wanted = after.rules ?? []
  const gone = before.filter(({ id }) => !wanted.some((rule) => rule.id === id))
  return [
    ...(after.on === remote.flag.on ? [] : [{ kind: after.on ? ('turnFlagOn' as const) : ('turnFlagOff' as const) }]),
    ...wanted.flatMap((rule, index) => {
      const known = before.find(({ id }) => id === rule.id)
      if (known !== undefined) return [...changedServing(remote, known, rule), ...changedValues(remote, known, rule)]
      const next = wanted.slice(index + 1).find(({ id }) => before.some((one) => one.id === id))
      const place = next === undefined ? {} : { beforeRuleId: next.id }
      return [{ kind: 'addRule' as const, clauses: rule.clauses, ...place, ...servingOf(remote, rule) }]
    }),
    ...gone.map(({ id }) => ({ kind: 'removeRule' as const, ruleId: id })),
  ]
}

function changedServing(remote: RemoteFlag, before: FlagRule, after: FlagRule): readonly Instruction[] {
  return isSameShare(before, after) ? [] : [{ kind: 'updateRuleVariationOrRollout', ruleId: before.id, ...servingOf(remote, after) }]
}

/** Shares, without the seed: LaunchDarkly's REST API has none. */
function isSameShare(a: Variation, b: Variation): boolean {
  const shares = ({ variation, rollout }: Variation): string =>
    (rollout?.variations ?? [{ variation: variation ?? -1, weight: WHOLE }])
      .filter(({ weight }) => weight > 0)
      .map((one) => `${one.variation}:${one.weight}`)
      .toSorted()
      .join()
  return shares(a) === shares(b)
}

function changedValues({ clauseIds }: RemoteFlag, before: FlagRule, after: FlagRule): readonly Instruction[] {
  return before.clauses.flatMap((clause, index) => {
    const clauseId = clauseIds[before.id]?.[index] ?? ''
    const [had, has] = [texts(clause.values), texts(after.clauses[index]?.values ?? [])]
    const [more, less] = [has.filter((value) => !had.includes(value)), had.filter((value) => !has.includes(value))]
    const change = { ruleId: before.id, clauseId }
    return [
      ...(more.length === 0 ? [] : [{ kind: 'addValuesToClause' as const, ...change, values: more }]),
      ...(less.length === 0 ? [] : [{ kind: 'removeValuesFromClause' as const, ...change, values: less }]),
    ]
  })
}

function servingOf({ variationIds, migration }: RemoteFlag, { variation, rollout }: Variation): Serving {
  const idOf = (index: number | undefined): string => variationIds[index ?? -1] ?? ''
  if (rollout === undefined && !migration) return { variationId: idOf(variation) }
  const shares = rollout?.variations ?? [{ variation: variation ?? -1, weight: WHOLE }]
  return { rolloutWeights: Object.fromEntries(shares.map((one) => [idOf(one.variation), one.weight])), rolloutContextKind: 'user' }
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === 'string')
}
