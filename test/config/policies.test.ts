import { expect, test } from 'vitest'
import { lintPolicies, policyProblems } from '../../src/config/policy-lint.ts'
import { formatProblem, type Problem } from '../../src/config/problem.ts'
import { Config, type ConfigInput } from '../../src/config/schema.ts'
import { YamlFile } from '../../src/config/yaml-file.ts'

const ORDERS = { path: '/orders', methods: ['GET', 'POST'] } as const

function linted(
  operations: NonNullable<ConfigInput['operations']>,
  { lint, ...rest }: Partial<ConfigInput> & { readonly lint: 'problems' | 'warnings' },
): readonly string[] {
  const backends = { legacy: { url: 'http://a/graphql' }, candidate: { url: 'http://b/graphql' } }
  // A policy a line, so that the line says which one is meant.
  const lines = operations.map((one) => `  - ${JSON.stringify(one)}`)
  const yaml = new YamlFile(
    'banyan.yaml',
    `operations:\n${lines.join('\n')}\n${Object.entries({ backends, ...rest })
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join('\n')}\n`,
  )
  const decoded = yaml.decode(Config)
  if ('problems' in decoded) throw new Error(decoded.problems.map(({ message }) => message).join('\n'))
  const found: readonly Problem[] = lint === 'problems' ? policyProblems(decoded.value, yaml) : lintPolicies(decoded.value, yaml, 1)
  return found.map(formatProblem)
}

test.each<[string, NonNullable<ConfigInput['operations']>, readonly RegExp[]]>([
  ['names it', [{ match: 'write:POST /orders', writes: 'validate-only' }], [/^banyan\.yaml:2:\d+ .*`write:POST \/orders` has none \(keep/]],
  ['names all', [{ match: 'query:*' }, { match: 'write:*', writes: 'validate-only' }], [/^banyan\.yaml:3:/]],
  ['is about everything', [{ match: '*', writes: 'validate-only' }], [/^banyan\.yaml:2:\d+ .*`write:POST \/orders` has none/]],
  ['is about mutations', [{ match: 'mutation:*', writes: 'validate-only' }], []],
  [
    'is about everything, and a later one has it',
    [
      { match: '*', writes: 'validate-only' },
      { match: 'write:*', writes: 'single' },
    ],
    [],
  ],
  [
    'is about everything, and a later one has it in one region',
    [
      { match: '*', writes: 'validate-only' },
      { match: 'write:*', writes: 'single', regions: ['eu'] },
    ],
    [/^banyan\.yaml:2:/],
  ],
])('a policy of `validate-only` for a REST operation is an error at its line with the fix, where it %s', (_name, operations, problems) => {
  const region = { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' }
  const found = linted(operations, { lint: 'problems', routes: [{ path: ORDERS.path, methods: [...ORDERS.methods] }], region })
  expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)))
})

test('a policy about everything is no error where nothing but GraphQL is routed', () => {
  expect(linted([{ match: '*', writes: 'validate-only' }], { lint: 'problems' })).toEqual([])
})

test.each<[NonNullable<ConfigInput['operations']>[number], boolean]>([
  [{ match: 'mutation:Login', writes: 'dry-run' }, true],
  [{ match: 'mutation:Login#0123456789abcdef', writes: 'dry-run' }, true],
  [{ match: 'mutation:ResetPassword*', writes: 'validate-only' }, true],
  [{ match: 'mutation:SendMail', writes: 'dry-run' }, true],
  [{ match: 'write:POST /login', writes: 'dry-run' }, true],
  [{ match: 'write:PUT /users/{id}/password', writes: 'dry-run' }, true],
  [{ match: 'write:POST /mails/{token}', writes: 'dry-run' }, false],
  [{ match: 'mutation:Login', writes: 'single' }, false],
  [{ match: 'mutation:Login', stage: 'shadow' }, false],
  [{ match: 'mutation:Login#0123456789abcdef', writes: 'dry-run', mirror: 'allow' }, false],
  [{ match: 'mutation:*', writes: 'dry-run' }, false],
  [{ match: 'mutation:AddReview', writes: 'dry-run' }, false],
])('%j is warned about, if its own name is denied: %s', (policy, isWarned) => {
  const found = linted([{ match: 'query:*' }, policy], { lint: 'warnings', mirror: { deny: ['SendMail'] } })
  expect(found).toEqual(
    isWarned
      ? [
          `banyan.yaml:3:14 \`${policy.match}\` is on the deny list: no second backend is ever asked (take it out; or make an exception, \`mirror: allow\` with the whole key of the operation)`,
        ]
      : [],
  )
})

test('a sandbox is warned about where nobody says whose writes they are', () => {
  const found = linted([{ match: 'write:*', writes: 'sandbox' }], { lint: 'warnings' })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/^banyan\.yaml:2:.*set `subject`/)
})
