import { z } from 'zod'
import { CLASSES } from '../core/comparison/comparison.ts'
import type { Rule } from '../core/rules/rule.ts'
import { patternProblem } from './pattern-problem.ts'
import type { Problem } from './problem.ts'
import { YamlFile } from './yaml-file.ts'

const action = z.union([
  z.strictObject({ ignore: z.union([z.literal(true), z.strictObject({ classes: z.array(z.enum(CLASSES)).min(1) })]) }),
  z.strictObject({ unordered: z.union([z.literal(true), z.strictObject({ key: z.string().min(1) })]) }),
  z.strictObject({ presence: z.literal(true) }),
  z.strictObject({ compare: z.literal('exact') }),
])

const selectors = z.union([
  z
    .string()
    .min(1)
    .transform((selector) => [selector]),
  z.array(z.string().min(1)).min(1),
])

/** The shape of `compare/*.yaml`. */
export const RulesFile = z.strictObject({
  version: z.literal(1),
  rules: z.array(
    z.strictObject({
      id: z.string().min(1),
      why: z.string().min(1),
      owner: z.string().optional(),
      expires: z
        .string()
        .regex(/^\d{4}-\d\d-\d\d$/, 'must be a date, YYYY-MM-DD')
        .optional(),
      at: selectors,
      when: z.strictObject({ operation: z.string().optional(), region: z.array(z.string()).optional() }).optional(),
      do: action,
    }),
  ),
})

const SELECTOR = /^(path:.+|field:(query|mutation|subscription)\..+|scalar:\w+|enum:\w+|@\w+|\w+\.(\w+|\*)|\*\.\w+|status|header:[\w-]+)$/

/** Reads one file of rules. `today` is `YYYY-MM-DD`; a rule that ended before does not apply and is a problem, so that nobody forgets it. */
export function readRules(
  file: string,
  text: string,
  today: string,
): { readonly rules: readonly Rule[]; readonly problems: readonly Problem[] } {
  const yaml = new YamlFile(file, text)
  const decoded = yaml.decode(RulesFile)
  if ('problems' in decoded) return { rules: [], problems: decoded.problems }
  const rules = decoded.value.rules as readonly Rule[] // the schema's output, with `undefined` for absent members
  return { rules, problems: rules.flatMap((rule, index) => checkRule(rule, index, yaml, today)) }
}

function checkRule(rule: Rule, index: number, yaml: YamlFile, today: string): Problem[] {
  const place = ['rules', index]
  const problems: Problem[] = []
  const badSelector = rule.at.findIndex((selector) => !SELECTOR.test(selector))
  if (badSelector !== -1) {
    problems.push(
      yaml.problem(
        [...place, 'at'],
        `rule \`${rule.id}\`: \`${rule.at[badSelector]}\` is no selector`,
        'write Type.field, Type.*, *.field, scalar:Name, field:query.a[].b or path:data.a[*].b',
      ),
    )
  }
  const operation = rule.when?.operation
  const wrong = operation === undefined ? undefined : patternProblem(operation)
  if (wrong !== undefined) problems.push(yaml.problem([...place, 'when', 'operation'], `rule \`${rule.id}\`: ${wrong.message}`, wrong.fix))
  if ('ignore' in rule.do && rule.expires === undefined) {
    problems.push(
      yaml.problem(
        [...place, 'do'],
        `rule \`${rule.id}\` ignores and never expires`,
        'add `expires: YYYY-MM-DD`, so that somebody looks at it again',
      ),
    )
  }
  if (rule.expires !== undefined && rule.expires < today) {
    problems.push(
      yaml.problem([...place, 'expires'], `rule \`${rule.id}\` expired on ${rule.expires}`, 'remove the rule, or give it a later day'),
    )
  }
  return problems
}
