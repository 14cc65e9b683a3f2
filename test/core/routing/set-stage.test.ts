import { describe, expect, test } from 'vitest'
import { flagLines, lineFor } from '../../../src/core/routing/flag-lines.ts'
import type { Flag, FlagRule } from '../../../src/core/routing/flag.ts'
import { setStage, type StageChange } from '../../../src/core/routing/set-stage.ts'
import { STAGES } from '../../../src/core/routing/stage.ts'

const KEY = 'banyan.query.A'
const change = (over: Partial<StageChange> = {}): StageChange => ({
  operations: ['query:A#1'],
  region: 'eu',
  stage: 'live',
  percent: 25,
  rest: 'shadow',
  ...over,
})
const isIn = (contextKind: string, ...values: string[]) => ({ contextKind, attribute: 'key', op: 'in', values, negate: false })
const STAFF: FlagRule = { id: 'staff', variation: 5, clauses: [{ attribute: 'segmentMatch', op: 'segmentMatch', values: ['staff'] }] }
const REGION: FlagRule = { id: 'by-person', variation: 2, clauses: [isIn('region', 'eu', 'us')] }
const flag = (...rules: FlagRule[]): Flag => ({
  key: KEY,
  version: 3,
  on: true,
  variations: STAGES,
  offVariation: 0,
  fallthrough: { variation: 0 },
  rules,
})
const ids = ({ rules = [] }: Flag): readonly string[] => rules.map(({ id }) => id)
const inRegion = (changed: Flag, region: string, operation = 'query:A#1') => {
  const { stage, percent, rest } = lineFor(changed, operation, region)
  return `${stage} ${percent} ${rest}`
}

describe('a stage that is set', () => {
  test('leaves rules that people wrote, after those about somebody and before those about everybody', () => {
    const changed = setStage(flag(STAFF, REGION), KEY, change(), 'off')
    expect(ids(changed)).toEqual(['staff', 'region-eu', 'by-person'])
    expect(changed.rules?.[0]).toBe(STAFF)
    expect(changed.rules?.[2]).toBe(REGION)
    expect([inRegion(changed, 'eu'), inRegion(changed, 'us'), inRegion(changed, 'ap')]).toEqual([
      'live 25 shadow',
      'shadow 100 shadow',
      'off 100 off',
    ])
  })

  test('again is written in place, under the same id, and serves nothing of what it served before', () => {
    const share = setStage(flag(STAFF, REGION), KEY, change(), 'off')
    const whole = setStage(share, KEY, change({ percent: 100 }), 'off')
    expect(ids(whole)).toEqual(ids(share))
    expect(whole.rules?.[1]).toMatchObject({ id: 'region-eu', variation: 3 })
    expect(whole.rules?.[1]).not.toHaveProperty('rollout')
    expect(setStage(whole, KEY, change(), 'off').rules).toEqual(share.rules)
  })

  test('for other signatures stands beside those that are there', () => {
    const both = setStage(
      setStage(undefined, KEY, change({ operations: ['query:A#1', 'query:A#2'] }), 'off'),
      KEY,
      change({ percent: 50 }),
      'off',
    )
    expect([inRegion(both, 'eu'), inRegion(both, 'eu', 'query:A#2')]).toEqual(['live 50 shadow', 'live 25 shadow'])
    expect(ids(both)).toEqual(['region-eu', 'region-eu-1'])
  })

  test('for every region comes after those of single regions', () => {
    const { region: _all, ...everywhere } = change({ stage: 'shadow', percent: 100 })
    const changed = setStage(setStage(undefined, KEY, everywhere, 'off'), KEY, change(), 'off')
    expect(ids(changed)).toEqual(['region-eu', 'everywhere'])
    expect([inRegion(changed, 'eu'), inRegion(changed, 'us')]).toEqual(['live 25 shadow', 'shadow 100 shadow'])
  })

  test('uses the places that the stages have in the flag', () => {
    const odd = { ...flag(), variations: ['live', 'off'], offVariation: 1, fallthrough: { variation: 1 } }
    const changed = setStage(odd, KEY, change(), 'off')
    expect(changed.variations).toEqual(['live', 'off', 'shadow'])
    expect(inRegion(changed, 'eu')).toBe('live 25 shadow')
  })
})

describe('lines', () => {
  test('say whom a rule is about besides', () => {
    expect(flagLines(flag(STAFF)).map(({ region, stage, only }) => [region, stage, only])).toEqual([
      ['*', 'complete', 'segmentMatch staff'],
      ['*', 'off', undefined],
    ])
  })

  test('are there for a rule that makes no sense too', () => {
    const odd = { id: 'odd', variation: 9, clauses: [{ contextKind: 'region', attribute: 'key', op: 'in', values: 'eu' }] } as never
    expect(flagLines(flag(odd)).at(-1)).toMatchObject({ region: '*', stage: 'off' })
  })

  test('name the further stage and its share, in whichever order they are written', () => {
    const weights = [
      { variation: 3, weight: 10_000 },
      { variation: 0, weight: 0 },
      { variation: 2, weight: 90_000 },
    ]
    const rule = { id: 'r', clauses: [isIn('region', 'eu')], rollout: { contextKind: 'user', variations: weights } }
    expect(inRegion(flag(rule), 'eu')).toBe('live 10 shadow')
  })
})
