import type { KnownField, Vocabulary } from '../core/comparison/vocabulary.ts'
import { actionsOf, type ActionName } from '../core/rules/action.ts'
import { isExpired } from '../core/rules/expiry.ts'
import type { Rule } from '../core/rules/rule.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import type { RuleInFile } from './rules.ts'
import { selectorProblem } from './selector-lint.ts'
import { coordinatesOf, shadowOf } from './shadowed.ts'

export interface LintContext {
  /** Names of each schema that is known. */
  readonly vocabularies: readonly Vocabulary[]
  /** Every region that requests can have; absent where nobody knows. */
  readonly regions?: readonly string[]
  /** `YYYY-MM-DD`. */
  readonly today: string
}

interface Found {
  readonly at: readonly (string | number)[]
  readonly message: string
  readonly fix: string
}

type Lint = (rule: Rule, context: LintContext) => readonly Found[]

const LINTS: readonly Lint[] = [
  ({ expires }, { today }) =>
    isExpired(expires === undefined ? {} : { expires }, today)
      ? [{ at: ['expires'], message: `expired on ${expires}, and does not apply`, fix: 'remove the rule, or give it a later day' }]
      : [],
  ({ at, when }, { vocabularies }) =>
    at.flatMap((selector, index) => {
      // No schema says what REST operations answer.
      const wrong = selectorProblem(selector, /^(read|write):/.test(when?.operation ?? '') ? [] : vocabularies)
      return wrong === undefined ? [] : [{ at: ['at', index], ...wrong }]
    }),
  ({ when }, { regions }) => {
    const unknown = regions === undefined ? [] : (when?.region ?? []).filter((region) => !regions.includes(region))
    return unknown.map((region) => {
      const like = nearest(region, regions ?? [])
      const fix = like === undefined ? `known regions: ${regions?.join(', ')}` : `did you mean \`${like}\`?`
      return { at: ['when', 'region'], message: `the region \`${region}\` is unknown, so it can never match there`, fix }
    })
  },
  idleActions,
]

/** Actions on values that fields of some types never have. */
const IDLE: readonly (readonly [actions: readonly ActionName[], what: string, isIdle: (field: KnownField) => boolean])[] = [
  [['unordered', 'sort'], 'lists', ({ isList }) => !isList],
  [
    ['case', 'trim', 'nfc', 'regex', 'timestamp', 'jsonString', 'globalId'],
    'texts',
    ({ type }) => ['Int', 'Float', 'Boolean'].includes(type),
  ],
  [['round', 'tolerance', 'numericString'], 'numbers', ({ type, leaf }) => type === 'Boolean' || leaf === 'enum'],
  [['case', 'trim', 'nfc', 'regex', 'timestamp', 'round', 'tolerance', 'numericString'], 'scalars', ({ leaf }) => leaf === undefined],
]

/** An action at places whose types it has nothing to say about can never match. */
function idleActions(rule: Rule, { vocabularies }: LintContext): readonly Found[] {
  const coordinates = coordinatesOf(rule, vocabularies)
  const fields = coordinates.flatMap((one) => vocabularies.flatMap(({ types }) => fieldAt(types, one)))
  if (fields.length === 0 || rule.at.some((selector) => !/^[\w*]+\.[\w*]+$|^(scalar|enum):|^@/.test(selector))) return []
  return actionsOf(rule.do).flatMap((name) => {
    const idle = IDLE.find(([actions, , isIdle]) => actions.includes(name) && fields.every(isIdle))
    return idle === undefined
      ? []
      : [
          {
            at: ['do', name],
            message: `\`${name}\` is about ${idle[1]} and can never match: ${sampleOf(coordinates)} has none`,
            fix: 'name other places, or another action',
          },
        ]
  })
}

function fieldAt(types: Vocabulary['types'], coordinate: string): readonly KnownField[] {
  const [type = '', name = ''] = coordinate.split('.')
  const field = types.get(type)?.get(name)
  return field === undefined ? [] : [field]
}

function sampleOf([first = '', ...rest]: readonly string[]): string {
  return rest.length === 0 ? `\`${first}\`` : `none of \`${first}\` and ${rest.length} more`
}

/** What rules say that nobody can mean: nothing of it stops Banyan, for an old rule must not keep it from starting. */
export function lintRules(entries: readonly RuleInFile[], context: LintContext): readonly Problem[] {
  const living = entries.filter(({ rule }) => !isExpired(rule, context.today))
  return entries.flatMap((entry) => {
    const { rule, yaml, place } = entry
    const found = LINTS.flatMap((lint) => lint(rule, context))
    const shadow = found.length > 0 || !living.includes(entry) ? undefined : shadowOf(entry, living, context.vocabularies)
    const shadowed: readonly Found[] = shadow === undefined ? [] : [{ at: ['at'], ...shadowing(shadow) }]
    return [...found, ...shadowed].map(({ at, message, fix }) => yaml.problem([...place, ...at], `rule \`${rule.id}\`: ${message}`, fix))
  })
}

function shadowing({ rule, yaml, place }: RuleInFile): Omit<Found, 'at'> {
  const { line } = yaml.problem([...place, 'id'], '', '')
  const isStop = rule.do.compare !== undefined
  return {
    message: `it never applies: \`${rule.id}\` (${yaml.file}:${line ?? 1}) ${isStop ? 'compares exactly' : 'is stronger'} wherever it holds`,
    fix: 'remove one of the two, or let the other name fewer places',
  }
}
