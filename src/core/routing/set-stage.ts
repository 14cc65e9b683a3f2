import { EVERYWHERE, operationsOf, scopeOf } from './flag-lines.ts'
import { WHOLE, type Flag, type FlagRule, type Variation } from './flag.ts'
import { STAGES, type Stage } from './stage.ts'

/** What an operator asks for with `banyan flags set`. */
export interface StageChange {
  /** Keys of the operations that the change is about: all known signatures under the flag's name. */
  readonly operations: readonly string[]
  /** Absent: every region without a rule of its own. */
  readonly region?: string
  readonly stage: Stage
  /** Share of subjects in percent, 0 to 100, that get `stage`; the rest stay at `rest`. */
  readonly percent: number
  /** Stage of the subjects that are not chosen. */
  readonly rest: Stage
}

/**
 * One seed for all flags: a subject falls into the same bucket everywhere, so the same subjects move first in every operation, and who is in at 5 % is still in at
 * 20 %. Any number would do; changing it reshuffles everybody.
 */
const SEED = 61

/**
 * The flag after a change. Regions have a rule each; the rule names the operation keys that are known now, so that a new signature under a name that
 * was moved starts at legacy again: an app release that adds a field must not reach a backend that lacks it. Rules of another form, which people wrote, stay as they
 * are and where they are.
 * @param base what holds where no rule does, for a flag that does not exist yet
 */
export function setStage(flag: Flag | undefined, key: string, change: StageChange, base: Stage): Flag {
  const known = flag ?? newFlag(base)
  // A flag from elsewhere may hold fewer stages, or the six in another order.
  const variations = [...known.variations, ...[change.rest, change.stage].filter((stage) => !known.variations.includes(stage))]
  const rules = rulesAfter(known.rules ?? [], change, [...new Set(variations)])
  return { ...known, key, version: known.version + 1, on: true, variations: [...new Set(variations)], rules }
}

function newFlag(base: Stage): Flag {
  const fallthrough = { variation: STAGES.indexOf(base) }
  return { key: '', version: 0, on: true, salt: 'banyan', variations: STAGES, offVariation: STAGES.indexOf('off'), fallthrough }
}

function rulesAfter(rules: readonly FlagRule[], change: StageChange, variations: readonly unknown[]): readonly FlagRule[] {
  // The rule that is about these operations and no others is written anew under its id and in its place.
  const same = rules.find((rule) => isOwn(rule, change.region) && operationsOf(rule).every((key) => change.operations.includes(key)))
  const kept = rules.flatMap((rule) => {
    if (rule === same) return { ...notServing(rule), ...ruleOf(rule.id, change, variations) }
    return isOwn(rule, change.region) ? (without(rule, change.operations) ?? []) : rule
  })
  if (same !== undefined) return kept
  const at = kept.findIndex((rule) => isBroader(rule, change))
  return kept.toSpliced(at === -1 ? kept.length : at, 0, ruleOf(freeId(change, kept), change, variations))
}

/** A rule as Banyan writes it: about operations by their keys, in one region or in all, and nothing else. */
function isOwn(rule: FlagRule, region: string | undefined): boolean {
  const scope = scopeOf(rule)
  return scope !== undefined && scope.operations.length > 0 && scope.regions.join() === (region ?? EVERYWHERE)
}

/** It would answer before a rule about this change that comes after it. */
function isBroader(rule: FlagRule, { region }: StageChange): boolean {
  const scope = scopeOf(rule)
  if (scope === undefined) return false
  const isEverywhere = scope.regions[0] === EVERYWHERE
  // Among those that Banyan wrote for everywhere the order is that of their making.
  return isEverywhere
    ? region !== undefined || scope.operations.length === 0
    : scope.operations.length === 0 && scope.regions.includes(region ?? '')
}

/** What a rule serves is written anew, and all of it. */
function notServing({ rollout: _share, variation: _all, ...kept }: FlagRule): Omit<FlagRule, keyof Variation> {
  return kept
}

/** Ids are unique in a flag: signatures that stand elsewhere than the others in a region have a rule with their own. */
function freeId({ region, operations }: StageChange, rules: readonly FlagRule[]): string {
  const id = region === undefined ? 'everywhere' : `region-${region}`
  return rules.some((rule) => rule.id === id) ? `${id}-${operations[0]?.split('#')[1] ?? 'other'}` : id
}

/** A rule about fewer operations; `undefined` where none is left, as of a rule that names none. */
function without(rule: FlagRule, operations: readonly string[]): FlagRule | undefined {
  const left = operationsOf(rule).filter((key) => !operations.includes(key))
  if (left.length === 0) return undefined
  return { ...rule, clauses: rule.clauses.map((clause) => (clause.contextKind === 'operation' ? { ...clause, values: left } : clause)) }
}

function ruleOf(id: string, { operations, region, stage, percent, rest }: StageChange, variations: readonly unknown[]): FlagRule {
  const isIn = (contextKind: string, values: readonly string[]) => ({ contextKind, attribute: 'key', op: 'in', values, negate: false })
  return {
    id,
    clauses: [...(region === undefined ? [] : [isIn('region', [region])]), isIn('operation', operations)],
    ...served(variations.indexOf(stage), percent, variations.indexOf(rest)),
  }
}

/** A context without the rollout's kind falls into bucket 0, so the safe stage comes first. */
function served(stage: number, percent: number, rest: number): Variation {
  if (percent >= 100 || stage === rest) return { variation: stage }
  const weight = Math.round((percent / 100) * WHOLE)
  const variations = [
    { variation: rest, weight: WHOLE - weight },
    { variation: stage, weight },
  ]
  return { rollout: { kind: 'rollout', contextKind: 'user', seed: SEED, variations } }
}
