import { REST_COORDINATE } from '../core/comparison/rest-places.ts'
import { ACTIONS, actionsOf, type ActionName } from '../core/rules/action.ts'
import { readExpression } from '../core/rules/expression-text.ts'
import type { Rule } from '../core/rules/rule.ts'
import { patternProblem } from './pattern-problem.ts'
import type { Problem } from './problem.ts'
import type { RuleInFile } from './rules.ts'

const TOPICS = 'errors\\.(text|code|path|presence|locations|extensions|order)'
const SELECTOR = new RegExp(
  `^(path:.+|field:(query|mutation|subscription)\\..+|scalar:\\w+|enum:\\w+|@\\w+|\\w+\\.(\\w+|\\*)|\\*\\.\\w+|status|header:[\\w-]+|${TOPICS}|extensions\\.[\\w.]+)$`,
)

/** What would hide differences for good, and therefore ends on some day. */
const HIDES: readonly ((rule: Rule) => boolean)[] = [
  ({ do: { ignore } }) => ignore !== undefined,
  ({ do: { severity } }) => severity === 'pass' || severity === 'warn',
]

interface Found {
  readonly at: readonly (string | number)[]
  readonly message: string
  readonly fix: string
}

/** What can be told of one rule by itself. */
const CHECKS: readonly ((rule: Rule) => readonly Found[])[] = [
  ({ at }) =>
    at.flatMap((selector, index) =>
      SELECTOR.test(selector) || REST_COORDINATE.test(selector)
        ? []
        : [
            {
              at: ['at', index],
              message: `\`${selector}\` is no selector`,
              fix: 'write Type.field, Type.*, *.field, scalar:Name, field:query.a[].b, path:data.a[*].b or GET /a: b[].c',
            },
          ],
    ),
  ({ when }) => {
    const wrong = when?.operation === undefined ? undefined : patternProblem(when.operation)
    return wrong === undefined ? [] : [{ at: ['when', 'operation'], ...wrong }]
  },
  (rule) =>
    rule.expires === undefined && HIDES.some((hides) => hides(rule))
      ? [{ at: ['do'], message: 'ignores and never expires', fix: 'add `expires: YYYY-MM-DD`, so that somebody looks at it again' }]
      : [],
  ({ do: { regex } }) => {
    const read = regex === undefined ? undefined : readExpression(regex.match)
    return read === undefined || !('problem' in read)
      ? []
      : [
          {
            at: ['do', 'regex', 'match'],
            message: `the expression cannot be used: ${read.problem}`,
            fix: 'rules run in linear time on hostile data',
          },
        ]
  },
  (rule) => {
    const comparators = actionsOf(rule.do).filter((name) => ACTIONS[name] === 'comparator')
    return comparators.length < 2
      ? []
      : [
          {
            at: ['do'],
            message: `has ${comparators.length} comparators: ${comparators.join(', ')}`,
            fix: 'keep one; one decides about a place',
          },
        ]
  },
  ({ side, do: action }) =>
    side === undefined || actionsOf(action).some((name) => ACTIONS[name] === 'transform' && !TWO_SIDED.has(name))
      ? []
      : [{ at: ['side'], message: '`side` is about transforms of one side, and there is none', fix: 'remove `side`' }],
]

/** Transforms that look at both sides anyway. */
const TWO_SIDED: ReadonlySet<ActionName> = new Set(['globalId', 'map', 'idMap', 'sort'])

/** Everything that is wrong with one rule, whatever the schemas and the other rules say. */
export function ruleProblems({ rule, yaml, place }: RuleInFile): readonly Problem[] {
  return CHECKS.flatMap((check) => check(rule)).map(({ at, message, fix }) =>
    yaml.problem([...place, ...at], `rule \`${rule.id}\`: ${message}`, fix),
  )
}
