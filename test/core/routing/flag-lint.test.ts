import { describe, expect, test } from 'vitest'
import type { Flag } from '../../../src/core/routing/flag.ts'
import { setStage } from '../../../src/core/routing/set-stage.ts'
import { lintFlag } from '../../../src/core/routing/flag-lint.ts'

const WORLD = { regions: ['eu', 'us'], flags: ['banyan.query.A'], segments: ['staff'] }
const GOOD: Flag = setStage(
  undefined,
  'banyan.query.A',
  { operations: ['query:A#1'], region: 'eu', stage: 'live', percent: 25, rest: 'shadow' },
  'shadow',
)
const rule = (over: object): Flag => ({ ...GOOD, rules: [{ id: 'r', variation: 3, clauses: [], ...over }] })
const clause = (over: object): Flag => rule({ clauses: [{ contextKind: 'region', attribute: 'key', op: 'in', values: ['eu'], ...over }] })
const rollout = (variations: readonly object[], over: object = {}): Flag => ({
  ...GOOD,
  rules: [],
  fallthrough: { rollout: { kind: 'rollout', contextKind: 'user', variations, ...over } } as never, // as a file may hold it
})

test('what Banyan writes itself is fine', () => {
  expect(lintFlag(GOOD, WORLD)).toEqual([])
})

describe('a trap is told with its place', () => {
  test.each<[string, Flag, string]>([
    ['a rule without clauses', rule({}), 'rules[0].clauses: a rule without clauses matches everybody'],
    [
      'a missing segment, negated',
      clause({ op: 'segmentMatch', values: ['nobody'], negate: true }),
      'rules[0].clauses[0].values: the segment nobody is not there, so this matches everybody',
    ],
    [
      'a missing segment',
      clause({ op: 'segmentMatch', values: ['nobody'] }),
      'rules[0].clauses[0].values: the segment nobody is not there, so this matches nobody',
    ],
    ['no kind', clause({ contextKind: undefined }), 'rules[0].clauses[0]: without contextKind a clause looks at the kind `user` only'],
    ['values that are no list', clause({ values: 'eu' }), 'rules[0].clauses[0].values: values is no list, which fails every evaluation'],
    ['an unknown operator', clause({ op: 'is' }), 'rules[0].clauses[0].op: the operator is is unknown and matches nobody'],
    ['an unknown region', clause({ values: ['ue'] }), 'rules[0].clauses[0].values: no request has the region ue'],
    ['a variation out of range', rule({ variation: 9, clauses: GOOD.rules?.[0]?.clauses }), 'rules[0]: variation 9 is not there'],
    ['an empty fallthrough', { ...GOOD, fallthrough: {} }, 'fallthrough: variation undefined is not there'],
    [
      'weights with a remainder',
      rollout([
        { variation: 2, weight: 1 },
        { variation: 3, weight: 2 },
      ]),
      'fallthrough.rollout: the weights are 3; what is left gets the last variation',
    ],
    [
      'the unsafe stage first',
      rollout([
        { variation: 3, weight: 1_000 },
        { variation: 0, weight: 99_000 },
      ]),
      'fallthrough.rollout: a context without the kind user gets the first variation, which is not the safest',
    ],
    [
      'an unknown kind',
      rollout([{ variation: 0, weight: 100_000 }], { contextKind: 'device' }),
      'fallthrough.rollout: no request has a context of the kind device',
    ],
    [
      'a bucket by what nobody has',
      rollout([{ variation: 0, weight: 100_000 }], { bucketBy: 'age' }),
      'fallthrough.rollout.bucketBy: the kind user has no age, so that everybody gets the first variation',
    ],
    [
      'a value that is no stage',
      { ...GOOD, variations: [true, ...GOOD.variations.slice(1)] },
      'variations: true is no stage and is served as `off`',
    ],
    ['off without a meaning', { ...withoutOff(GOOD), on: false }, 'offVariation: the flag is off and says nothing of what that means'],
    [
      'a missing prerequisite',
      { ...GOOD, prerequisites: [{ key: 'banyan.query.B', variation: 1 }] },
      'prerequisites: the flag banyan.query.B is not there, so this one is off',
    ],
    [
      'targets that are passed over',
      { ...GOOD, targets: [{ values: ['ada'], variation: 3 }], contextTargets: [{ contextKind: 'region', values: ['eu'], variation: 3 }] },
      'targets: targets are passed over while contextTargets has none for `user`',
    ],
  ])('%s', (_name, flag, expected) => {
    expect(lintFlag(flag, WORLD).map(({ at, message }) => `${at}: ${message}`)).toContain(expected)
  })
})

function withoutOff({ offVariation: _gone, ...flag }: Flag): Flag {
  return flag
}
