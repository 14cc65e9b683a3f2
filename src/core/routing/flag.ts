import type { Operation } from '../operation/operation.ts'
import { isStage, STAGES, type Stage } from './stage.ts'

/**
 * One feature flag in LaunchDarkly's SDK model (variations by index), the form in which Banyan stores, evaluates,
 * exports and imports it. Only the members that Banyan reads are typed; all others are kept.
 */
export interface Flag {
  readonly key: string
  readonly version: number
  readonly on: boolean
  readonly salt?: string
  readonly variations: readonly unknown[]
  readonly offVariation?: number
  readonly fallthrough: Variation
  readonly rules?: readonly FlagRule[]
  readonly [member: string]: unknown
}

/** Either one variation or a percentage rollout over several. */
export interface Variation {
  readonly variation?: number
  readonly rollout?: {
    readonly kind?: string
    readonly contextKind?: string
    readonly seed?: number
    readonly variations: readonly { readonly variation: number; readonly weight: number }[]
  }
}

export interface FlagRule extends Variation {
  readonly id: string
  readonly clauses: readonly {
    readonly contextKind: string
    readonly attribute: string
    readonly op: string
    readonly values: readonly unknown[]
    readonly negate?: boolean
  }[]
}

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

/** One line of `banyan flags list`: what a flag says for a region, in words. */
export interface FlagLine {
  readonly flag: string
  readonly version: number
  readonly on: boolean
  /** `*` stands for every region without a line of its own. */
  readonly region: string
  readonly stage: Stage
  readonly percent: number
  readonly rest: Stage
  /** Operation keys (with signature) that the line holds for; empty means all. */
  readonly operations: readonly string[]
}

/**
 * One seed for all flags: a subject falls into the same bucket everywhere, so the same subjects move first in every operation, and who is in at 5 % is still in at
 * 20 %. Any number would do; changing it reshuffles everybody.
 */
const SEED = 61

/** Hundredths of a percent in whole: LaunchDarkly's unit of weight. */
const WHOLE = 100_000

const EVERYWHERE = '*'

/** The flag of an operation. Anonymous operations have one for each signature, because nothing else tells them apart. */
export function flagKey({ type, name, signature }: Pick<Operation, 'type' | 'name' | 'signature'>): string {
  return `banyan.${type}.${name ?? `~${signature}`}`
}

/** The flag of an operation that only its key is known of. */
export function flagKeyOf(operation: string): string {
  const [type = '', rest = ''] = operation.split(':')
  const [name = '', signature = ''] = rest.split('#')
  return `banyan.${type}.${name === '~anonymous' ? `~${signature}` : name}`
}

/**
 * The flag after a change. Regions have a rule each; the rule names the operation keys that are known now, so that a new signature under a name that
 * was moved starts at legacy again: an app release that adds a field must not reach a backend that lacks it.
 * @param base what holds where no rule does, for a flag that does not exist yet
 */
export function setStage(flag: Flag | undefined, key: string, change: StageChange, base: Stage): Flag {
  const region = change.region ?? EVERYWHERE
  const others = (flag?.rules ?? []).flatMap((rule) => (regionOf(rule) === region ? (without(rule, change.operations) ?? []) : rule))
  const isLast = (rule: FlagRule): number => Number(regionOf(rule) === EVERYWHERE)
  const rules = [...others, ruleOf(freeId(change, others), change)].toSorted((a, b) => isLast(a) - isLast(b))
  return {
    ...(flag ?? {
      salt: 'banyan',
      variations: STAGES,
      offVariation: STAGES.indexOf('off'),
      fallthrough: { variation: STAGES.indexOf(base) },
    }),
    key,
    version: (flag?.version ?? 0) + 1,
    on: true,
    rules,
  }
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

function ruleOf(id: string, { operations, region, stage, percent, rest }: StageChange): FlagRule {
  const isIn = (contextKind: string, values: readonly string[]) => ({ contextKind, attribute: 'key', op: 'in', values, negate: false })
  return {
    id,
    clauses: [...(region === undefined ? [] : [isIn('region', [region])]), isIn('operation', operations)],
    ...served(stage, percent, rest),
  }
}

/** A context without the rollout's kind falls into bucket 0, so the safe stage comes first. */
function served(stage: Stage, percent: number, rest: Stage): Variation {
  if (percent >= 100 || stage === rest) return { variation: STAGES.indexOf(stage) }
  const weight = Math.round((percent / 100) * WHOLE)
  const variations = [
    { variation: STAGES.indexOf(rest), weight: WHOLE - weight },
    { variation: STAGES.indexOf(stage), weight },
  ]
  return { rollout: { kind: 'rollout', contextKind: 'user', seed: SEED, variations } }
}

/** What a flag says, a line for each region that has a rule and one for all others. */
export function flagLines(flag: Flag): readonly FlagLine[] {
  const lines = (flag.rules ?? []).map((rule) => lineOf(flag, rule, regionOf(rule), operationsOf(rule)))
  return lines.some(({ region }) => region === EVERYWHERE) ? lines : [...lines, lineOf(flag, flag.fallthrough, EVERYWHERE, [])]
}

/** The line that holds for an operation in a region. */
export function lineFor(flag: Flag, operation: string, region: string): FlagLine {
  const lines = flagLines(flag)
  const covers = (line: FlagLine): boolean => line.operations.length === 0 || line.operations.includes(operation)
  const own =
    lines.find((line) => line.region === region && covers(line)) ?? lines.find((line) => line.region === EVERYWHERE && covers(line))
  return own ?? lineOf(flag, flag.fallthrough, EVERYWHERE, [])
}

/** In words: `live 25 %, else shadow`. */
export function describeStanding({ stage, percent, rest }: Pick<FlagLine, 'stage' | 'percent' | 'rest'>): string {
  return percent === 100 || stage === rest ? stage : `${stage} ${percent} %, else ${rest}`
}

function lineOf(flag: Flag, serves: Variation, region: string, operations: readonly string[]): FlagLine {
  const base = { flag: flag.key, version: flag.version, on: flag.on, region, operations }
  if (!flag.on) return { ...base, ...whole(stageAt(flag, flag.offVariation)) }
  const weights = serves.rollout?.variations
  if (weights === undefined) return { ...base, ...whole(stageAt(flag, serves.variation)) }
  const [rest, moved] = [weights[0], weights.at(-1)]
  return {
    ...base,
    stage: stageAt(flag, moved?.variation),
    percent: ((moved?.weight ?? 0) / WHOLE) * 100,
    rest: stageAt(flag, rest?.variation),
  }
}

function whole(stage: Stage): Pick<FlagLine, 'stage' | 'percent' | 'rest'> {
  return { stage, percent: 100, rest: stage }
}

function stageAt({ variations }: Flag, index: number | undefined): Stage {
  const value = index === undefined ? undefined : variations[index]
  return isStage(value) ? value : 'off'
}

function regionOf({ clauses }: FlagRule): string {
  const region = clauses.find(({ contextKind }) => contextKind === 'region')?.values[0]
  return typeof region === 'string' ? region : EVERYWHERE
}

function operationsOf({ clauses }: FlagRule): readonly string[] {
  return clauses
    .filter(({ contextKind }) => contextKind === 'operation')
    .flatMap(({ values }) => values.filter((value) => typeof value === 'string'))
}
