import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'

/** Warnings of a config with one plan for `query:Orders`, and a manifest of two queries and a mutation. */
function warningsOf(plan: string): readonly string[] {
  const cwd = mkdtempSync(join(tmpdir(), 'banyan-groups-'))
  const files = {
    'schema.graphql': 'type Order { id: ID! } type Query { order: Order orders: [Order!] } type Mutation { add: Order }',
    'documents.json': JSON.stringify({
      a: 'query Order { order { id } }',
      b: 'query Orders { orders { id } }',
      c: 'mutation Add { add { id } }',
    }),
    'plan.yaml': `version: 1\nname: lists\nwhy: a test\noperations: ["query:Orders"]\n${plan}steps:\n  - { stage: shadow }\n  - { stage: live, percent: 5 }\n`,
    'banyan.yaml': `backends:
  legacy: { url: "http://127.0.0.1:1/graphql", schema: schema.graphql }
  candidate: { url: "http://127.0.0.1:2/graphql" }
persisted: { manifests: [documents.json] }
rollouts: [plan.yaml]
`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  const loaded = loadConfig({ file: 'banyan.yaml', env: {}, cwd, now: 0, cores: 2 })
  expect('problems' in loaded ? loaded.problems : []).toEqual([])
  return loaded.warnings.map(({ file, message }) => `${file}: ${message}`)
}

test('a plan that takes apart what shares a type is warned about, with the operations', () => {
  expect(warningsOf('')).toEqual(['plan.yaml: `lists` moves query:Orders without query:Order: they share Order'])
})

test('a plan that says why it is well is not', () => {
  expect(warningsOf('splits: both backends have one store\n')).toEqual([])
})
