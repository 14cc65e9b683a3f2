import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/config/schema.ts'
import { parseDuration } from '../../src/config/duration.ts'
import { readPlan } from '../../src/config/plans.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { unitsOf, type Plan } from '../../src/core/rollout/plan.ts'

const CONFIG = {
  region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
  environment: 'production',
  operations: [],
} satisfies Partial<Config> as unknown as Pick<Config, 'region' | 'environment' | 'operations'>

const HEAD = 'version: 1\nname: reads\nwhy: a test\noperations: ["query:*"]\nsteps:\n'
const read = (text: string): { plan?: Plan; problems: string[] } => {
  const { plan, problems } = readPlan('reads.yaml', text, CONFIG)
  return { ...(plan === undefined ? {} : { plan }), problems: problems.map(formatProblem) }
}

describe('a plan that nobody can mean is refused with its place and the fix', () => {
  test.each<[string, string, string]>([
    ['an unknown region', `${HEAD}  - { stage: shadow, regions: [uss] }\n`, 'reads.yaml:6:32 unknown region `uss` (did you mean `us`?)'],
    [
      'a schedule that ends before it begins',
      `${HEAD}  - { stage: shadow, schedule: { from: "17:00", to: "09:00", zone: UTC } }\n`,
      'reads.yaml:6:32 the schedule ends before it begins (let `from` be earlier than `to`, on the same day)',
    ],
    [
      'a zone that is none',
      `${HEAD}  - { stage: shadow, schedule: { zone: Mars } }\n`,
      'reads.yaml:6:40 `Mars` is no time zone (write a name of the time zone database, for example Europe/Berlin)',
    ],
    [
      'regions at once and one after the other',
      `${HEAD}  - { stage: shadow, regions: [eu], each: [us] }\n`,
      'reads.yaml:6:43 a step has either `regions` or `each` (keep `each` for one region after the other)',
    ],
    [
      'a step back',
      `${HEAD}  - { stage: shadow }\n  - { stage: live, percent: 50 }\n  - { stage: live, percent: 20 }\n`,
      'step live 20 % in eu, us goes back from step live 50 % in eu, us in eu',
    ],
    ['going live unseen', `${HEAD}  - { stage: live, percent: 5 }\n`, 'goes live in eu, us without having been compared there'],
    [
      'gates for what is not compared',
      `${HEAD}  - { stage: shadow }\n`.replace('query:*', 'mutation:*'),
      'reads.yaml:4:13 only queries and reads are compared, so the gates of others never pass',
    ],
    ['a step for nobody', `${HEAD}  - { stage: shadow, environment: staging }\n`, 'no step is for this environment'],
    [
      'a length of time that is none',
      `${HEAD}  - { stage: shadow, bake: soon }\n`,
      'must be a length of time, for example 30min, 2h or 1d 12h',
    ],
    ['an unknown key', `${HEAD}  - { stage: shadow, precent: 5 }\n`, 'reads.yaml:6:22 unknown key `precent` (did you mean `percent`?)'],
    [
      'an operation that is no pattern',
      `${HEAD}  - { stage: shadow }\n`.replace('query:*', 'GetUser'),
      'reads.yaml:4:14 unknown operation `GetUser`',
    ],
  ])('%s', (_name, text, expected) => {
    expect(read(text).problems.join('\n')).toContain(expected)
  })
})

test('a step for each region, with what is not said at its default', () => {
  const { plan, problems } = read(
    `${HEAD}  - { stage: shadow }\n  - { each: [us, eu], stage: live, percent: 5, bake: 1d 12h, gates: { mismatches: 0.01 } }\n`,
  )
  expect(problems).toEqual([])
  expect(
    plan?.steps.map(({ name, regions, percent, rest, bakeMs, gates }) => [name, regions, percent, rest, bakeMs, gates?.mismatches]),
  ).toEqual([
    ['shadow in eu, us', ['eu', 'us'], 100, 'shadow', 0, 0.001],
    ['live 5 % in us', ['us'], 5, 'shadow', 129_600_000, 0.01],
    ['live 5 % in eu', ['eu'], 5, 'shadow', 129_600_000, 0.01],
  ])
})

test('a unit is an operation with its signature, or the group', () => {
  const seen = ['query:B#2', 'query:A#1', 'mutation:A#1', 'query:A#3']
  const plan = read(`${HEAD}  - { stage: shadow }\n`).plan
  if (plan === undefined) throw new Error('the plan is good')
  expect(unitsOf(plan, seen).map(({ name }) => name)).toEqual(['query:A#1', 'query:A#3', 'query:B#2'])
  expect(unitsOf({ ...plan, group: 'reads' }, seen)).toEqual([{ name: 'reads', operations: ['query:A#1', 'query:A#3', 'query:B#2'] }])
  expect(unitsOf({ ...plan, group: 'reads' }, ['mutation:A#1'])).toEqual([])
})

test.each<[string, number | undefined]>([
  ['2h', 7_200_000],
  ['30min', 1_800_000],
  ['1d 12h', 129_600_000],
  ['90s', 90_000],
  ['250ms', 250],
  ['soon', undefined],
  ['', undefined],
  ['5', undefined],
  ['-1h', undefined],
])('%s as milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})
