import type { Clause, Flag, FlagRule, Variation } from './flag.ts'
import { isStage, STAGES, type Stage } from './stage.ts'

/** What a flag does that its author can hardly have meant. */
export interface FlagProblem {
  readonly flag: string
  /** Where in the flag: `rules[0].clauses`. */
  readonly at: string
  readonly message: string
  readonly fix: string
}

/** What surrounds a flag. */
export interface FlagWorld {
  /** Every region that requests can have. */
  readonly regions: readonly string[]
  readonly flags: readonly string[]
  readonly segments: readonly string[]
}

type Found = Omit<FlagProblem, 'flag'>

/** Kinds of the context that flags are evaluated for, and what each has. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  user: ['key'],
  region: ['key'],
  environment: ['key'],
  operation: ['key', 'type', 'name'],
  client: ['key'],
}
const KINDS = Object.keys(ATTRIBUTES)

/** LaunchDarkly's operators. One that it does not know matches nobody. */
const OPERATORS: ReadonlySet<string> = new Set([
  'in',
  'startsWith',
  'endsWith',
  'matches',
  'contains',
  'lessThan',
  'lessThanOrEqual',
  'greaterThan',
  'greaterThanOrEqual',
  'before',
  'after',
  'segmentMatch',
  'semVerEqual',
  'semVerLessThan',
  'semVerGreaterThan',
])

const WHOLE = 100_000

/** The traps of LaunchDarkly's engine, each seen to spring: what looks careful and serves everybody. */
export function lintFlag(flag: Flag, world: FlagWorld): readonly FlagProblem[] {
  const rules = flag.rules ?? []
  const found: readonly Found[] = [
    ...lintWhole(flag, world),
    ...lintVariation(flag, flag.fallthrough, 'fallthrough'),
    ...rules.flatMap((rule, index) => lintVariation(flag, rule, `rules[${index}]`)),
    ...rules.flatMap((rule, index) => lintClauses(rule, `rules[${index}].clauses`, world)),
  ]
  return found.map((one) => ({ flag: flag.key, ...one }))
}

function lintWhole(flag: Flag, world: FlagWorld): readonly Found[] {
  const wrong = flag.variations.filter((value) => !isStage(value)).map((value) => JSON.stringify(value))
  const prerequisites = list(flag['prerequisites']).map((one) => String((one as { key?: unknown } | null)?.key))
  const missing = prerequisites.filter((key) => !world.flags.includes(key))
  const hasUserTargets = list(flag['targets']).length > 0
  const kinds = list(flag['contextTargets']).map((one) => (one as { contextKind?: unknown } | null)?.contextKind)
  return [
    ...(wrong.length > 0
      ? [{ at: 'variations', message: `${wrong.join(', ')} is no stage and is served as \`off\``, fix: `use ${STAGES.join(', ')}` }]
      : []),
    ...(flag.on || flag.offVariation !== undefined
      ? []
      : [
          {
            at: 'offVariation',
            message: 'the flag is off and says nothing of what that means',
            fix: 'set offVariation to the index of `off`',
          },
        ]),
    ...missing.map((key) => ({
      at: 'prerequisites',
      message: `the flag ${key} is not there, so this one is off`,
      fix: 'create it, or take it out',
    })),
    ...(hasUserTargets && kinds.length > 0 && !kinds.includes('user')
      ? [
          {
            at: 'targets',
            message: 'targets are passed over while contextTargets has none for `user`',
            fix: 'add `{ contextKind: user, values: [], variation }` there',
          },
        ]
      : []),
  ]
}

function lintVariation({ variations }: Flag, { variation, rollout }: Variation, at: string): readonly Found[] {
  if (rollout === undefined) {
    const isThere = variation !== undefined && variation >= 0 && variation < variations.length
    return isThere ? [] : [{ at, message: `variation ${variation} is not there`, fix: `give an index from 0 to ${variations.length - 1}` }]
  }
  const served = rollout.variations.filter(({ weight }) => weight > 0)
  const sum = served.reduce((total, { weight }) => total + weight, 0)
  const order = served.map((one) => stageIndex(variations[one.variation]))
  const safest = Math.min(...order)
  const { contextKind: kind = 'user', bucketBy = 'key' } = rollout
  return [
    ...(sum === WHOLE
      ? []
      : [
          {
            at: `${at}.rollout`,
            message: `the weights are ${sum}; what is left gets the last variation`,
            fix: 'let them add up to 100000',
          },
        ]),
    ...(order[0] === safest
      ? []
      : [
          {
            at: `${at}.rollout`,
            message: `a context without the kind ${kind} gets the first variation, which is not the safest`,
            fix: 'list the safest stage first',
          },
        ]),
    ...(KINDS.includes(kind)
      ? []
      : [{ at: `${at}.rollout`, message: `no request has a context of the kind ${kind}`, fix: `use one of ${KINDS.join(', ')}` }]),
    ...(ATTRIBUTES[kind]?.includes(bucketBy) === false
      ? [
          {
            at: `${at}.rollout.bucketBy`,
            message: `the kind ${kind} has no ${bucketBy}, so that everybody gets the first variation`,
            fix: `take it out, or use ${ATTRIBUTES[kind].join(', ')}`,
          },
        ]
      : []),
  ]
}

export function lintClauses({ clauses }: Pick<FlagRule, 'clauses'>, at: string, world: FlagWorld): readonly Found[] {
  if (clauses.length === 0)
    return [{ at, message: 'a rule without clauses matches everybody', fix: 'add a clause, or use the fallthrough' }]
  return clauses.flatMap((clause, index) => lintClause(clause, `${at}[${index}]`, world))
}

function lintClause(clause: Clause, at: string, world: FlagWorld): readonly Found[] {
  const values = list(clause.values)
  const unknown =
    clause.contextKind === 'region' && clause.op === 'in' ? values.filter((value) => !world.regions.includes(String(value))) : []
  const missing = clause.op === 'segmentMatch' ? values.filter((value) => !world.segments.includes(String(value))) : []
  return [
    ...(Array.isArray(clause.values)
      ? []
      : [{ at: `${at}.values`, message: 'values is no list, which fails every evaluation', fix: 'write a list' }]),
    ...(clause.op === 'segmentMatch' || clause.contextKind !== undefined
      ? []
      : [{ at, message: 'without contextKind a clause looks at the kind `user` only', fix: 'name the kind' }]),
    ...(OPERATORS.has(clause.op)
      ? []
      : [
          {
            at: `${at}.op`,
            message: `the operator ${clause.op} is unknown and matches nobody`,
            fix: `use one of ${[...OPERATORS].join(', ')}`,
          },
        ]),
    ...unknown.map((value) => ({
      at: `${at}.values`,
      message: `no request has the region ${String(value)}`,
      fix: `known regions: ${world.regions.join(', ')}`,
    })),
    ...missing.map((value) => ({
      at: `${at}.values`,
      message:
        clause.negate === true
          ? `the segment ${String(value)} is not there, so this matches everybody`
          : `the segment ${String(value)} is not there, so this matches nobody`,
      fix: 'create the segment, or take the clause out',
    })),
  ]
}

function stageIndex(value: unknown): number {
  return STAGES.findIndex((stage: Stage) => stage === value)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
