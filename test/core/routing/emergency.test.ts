import { describe, expect, test } from 'vitest'
import { EMERGENCY_FLAG, emergencyChange, isEmergency } from '../../../src/core/routing/emergency.ts'
import type { Flag } from '../../../src/core/routing/flag.ts'
import type { RemoteFlag } from '../../../src/core/routing/remote-flag.ts'

const FLAG: Flag = { key: EMERGENCY_FLAG, version: 1, on: true, variations: [true, false], offVariation: 1, fallthrough: { variation: 0 } }
const remote = (flag: Partial<Flag> = {}, over: Partial<RemoteFlag> = {}): RemoteFlag => ({
  flag: { ...FLAG, ...flag },
  variationIds: ['yes', 'no'],
  clauseIds: {},
  archived: false,
  migration: false,
  ...over,
})
const ON = { kind: 'turnFlagOn' }
const YES = { kind: 'updateFallthroughVariationOrRollout', variationId: 'yes' }
const obstacle = (reason: RegExp) => ({ kind: 'obstacle', reason: expect.stringMatching(reason) })

describe('the flag in LaunchDarkly that sends everything to legacy', () => {
  test.each<[string, RemoteFlag | undefined, unknown]>([
    ['is made where it is not there', undefined, { kind: 'create' }],
    ['is switched on', remote({ on: false }), { kind: 'patch', instructions: [ON] }],
    ['is told to say `true`', remote({ fallthrough: { variation: 1 } }), { kind: 'patch', instructions: [YES] }],
    ['is told both', remote({ on: false, fallthrough: {} }), { kind: 'patch', instructions: [YES, ON] }],
    ['is left as it is when it is so', remote(), { kind: 'done' }],
    ['is not patched when archived', remote({}, { archived: true }), obstacle(/is archived/)],
    ['is not taken for one when it has no `true`', remote({ variations: ['on', 'off'] }), obstacle(/is no boolean flag/)],
    [
      'may have rules that say otherwise',
      remote({ rules: [{ id: 'r', clauses: [], variation: 1 }] }),
      obstacle(/rules that may say otherwise/),
    ],
    [
      'is switched on all the same',
      remote({ on: false, rules: [{ id: 'r', clauses: [], variation: 1 }] }),
      { kind: 'patch', instructions: [ON] },
    ],
  ])('%s', (_name, flag, change) => {
    expect(emergencyChange(flag, true)).toEqual(change)
  })

  test.each<[string, RemoteFlag | undefined, unknown]>([
    ['is not made to be switched off', undefined, { kind: 'done' }],
    ['is switched off', remote(), { kind: 'patch', instructions: [{ kind: 'turnFlagOff' }] }],
    ['is left off', remote({ on: false }), { kind: 'done' }],
    ['may say `true` while it is off', remote({ on: false, offVariation: 0 }), obstacle(/though it is switched off/)],
  ])('at the end %s', (_name, flag, change) => {
    expect(emergencyChange(flag, false)).toEqual(change)
  })

  test('counts while it is on and does not say `false`', () => {
    expect([{}, { on: false }, { fallthrough: { variation: 1 } }].map((over) => isEmergency([{ ...FLAG, ...over }]))).toEqual([
      true,
      false,
      false,
    ])
  })
})
