import { WHOLE, type Clause, type Flag, type FlagRule, type Variation } from './flag.ts'
import { isStage, STAGES, type Stage } from './stage.ts'

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
  /** Whom else the rule asks for, in words; absent: it holds for everybody there. */
  readonly only?: string
}

/** Stands for every region. */
export const EVERYWHERE = '*'

/** What a flag says, in the order in which it is asked: a line for each rule and region, and one for everybody else. */
export function flagLines(flag: Flag): readonly FlagLine[] {
  const lines = (flag.rules ?? []).flatMap((rule) => linesOf(flag, rule))
  const isForAll = ({ region, only }: FlagLine): boolean => region === EVERYWHERE && only === undefined
  return lines.some(isForAll) ? lines : [...lines, lineOf(flag, flag.fallthrough, { region: EVERYWHERE, operations: [] })]
}

/** The line that holds for an operation in a region, but for those whom a rule names by more than that. */
export function lineFor(flag: Flag, operation: string, region: string): FlagLine {
  const holds = (line: FlagLine): boolean =>
    line.only === undefined &&
    (line.region === region || line.region === EVERYWHERE) &&
    (line.operations.length === 0 || line.operations.includes(operation))
  return flagLines(flag).find(holds) ?? lineOf(flag, flag.fallthrough, { region: EVERYWHERE, operations: [] })
}

/** In words: `live 25 %, else shadow`. */
export function describeStanding({ stage, percent, rest }: Pick<FlagLine, 'stage' | 'percent' | 'rest'>): string {
  return percent === 100 || stage === rest ? stage : `${stage} ${percent} %, else ${rest}`
}

function linesOf(flag: Flag, rule: FlagRule): readonly FlagLine[] {
  const scope = scopeOf(rule)
  if (scope !== undefined) return scope.regions.map((region) => lineOf(flag, rule, { region, operations: scope.operations }))
  const only = rule.clauses.map(describeClause).join(' and ')
  return [lineOf(flag, rule, { region: EVERYWHERE, operations: operationsOf(rule), only })]
}

function describeClause({ contextKind = 'user', attribute, op, values, negate }: Clause): string {
  const whose = op === 'segmentMatch' ? '' : `${contextKind} ${attribute} `
  return `${negate === true ? 'not ' : ''}${whose}${op} ${textsOf(values).join(', ')}`
}

function lineOf(flag: Flag, serves: Variation, whom: Pick<FlagLine, 'region' | 'operations' | 'only'>): FlagLine {
  const base = { flag: flag.key, version: flag.version, on: flag.on, ...whom }
  if (!flag.on) return { ...base, ...whole(stageAt(flag, flag.offVariation)) }
  const weights = serves.rollout?.variations.filter(({ weight }) => weight > 0)
  if (weights === undefined) return { ...base, ...whole(stageAt(flag, serves.variation)) }
  // In whichever order they are written, the further one is the one that grows.
  const stages = weights.map((one) => ({ ...one, stage: stageAt(flag, one.variation) }))
  const [rest, ...further] = stages.toSorted((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage))
  const moved = further.at(-1) ?? rest
  return { ...base, stage: moved?.stage ?? 'off', percent: ((moved?.weight ?? 0) / WHOLE) * 100, rest: rest?.stage ?? 'off' }
}

function whole(stage: Stage): Pick<FlagLine, 'stage' | 'percent' | 'rest'> {
  return { stage, percent: 100, rest: stage }
}

function stageAt({ variations }: Flag, index: number | undefined): Stage {
  const value = index === undefined ? undefined : variations[index]
  return isStage(value) ? value : 'off'
}

/** What a rule is about; `undefined` for one that asks for more than regions and operations. */
export function scopeOf({
  clauses,
}: FlagRule): { readonly regions: readonly string[]; readonly operations: readonly string[] } | undefined {
  const isPlain = ({ contextKind, attribute, op, negate }: Clause): boolean =>
    (contextKind === 'region' || contextKind === 'operation') && attribute === 'key' && op === 'in' && negate !== true
  if (!clauses.every(isPlain)) return undefined
  const named = (kind: string) => clauses.filter(({ contextKind }) => contextKind === kind).map(({ values }) => textsOf(values))
  const [regions, ...others] = named('region')
  const operations = named('operation')
  return others.length > 0 || operations.length > 1 ? undefined : { regions: regions ?? [EVERYWHERE], operations: operations[0] ?? [] }
}

/** Keys of the operations that a rule names. */
export function operationsOf({ clauses }: FlagRule): readonly string[] {
  return clauses.filter(({ contextKind }) => contextKind === 'operation').flatMap(({ values }) => textsOf(values))
}

/** A flag from elsewhere may have no list there. */
function textsOf(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
}
