import { describe, expect, test } from 'vitest'
import type { Identified, OperationType, UnmirrorableReason } from '../../../src/core/operation/operation.ts'
import { decide, leastOf } from '../../../src/core/routing/decide.ts'
import { rolesFor, STAGES, type Stage } from '../../../src/core/routing/stage.ts'

const operation = (type: OperationType, unmirrorable?: UnmirrorableReason): Identified => ({
  kind: 'operation',
  operation: { key: `${type}:A#1`, type, name: 'A', signature: '1', document: '' },
  roots: ['a'],
  ...(unmirrorable === undefined ? {} : { unmirrorable }),
})

const batch = (...types: readonly OperationType[]): Identified & { kind: 'batch' } => ({
  kind: 'batch',
  operations: types.map((type) => ({ key: `${type}:A#1`, type, signature: '1', document: '' })),
  roots: types.map(() => ['a']),
})

const SINGLE = { writes: 'single', isDenied: false } as const

describe('a batch', () => {
  test('of queries goes where a query goes, with a mutation where a mutation goes', () => {
    for (const stage of STAGES) {
      expect(decide(batch('query', 'query'), stage, SINGLE, true, false)).toEqual(decide(operation('query'), stage, SINGLE, true, false))
      expect(decide(batch('query', 'mutation'), stage, SINGLE, true, false).shadow).toBeUndefined()
    }
    expect(decide(batch('query', 'mutation'), 'live', SINGLE, true, false).fallback).toBe('unsent')
  })

  test('stands where the least of its entries stands, so that the candidate gets it only if all are let', () => {
    const at = (...stages: readonly Stage[]): Stage | undefined => leastOf(stages.map((stage) => ({ stage, flag: '', reason: '' })))?.stage
    expect(at('live', 'shadow')).toBe('shadow')
    expect(at('complete', 'off', 'live')).toBe('off')
    expect(at('complete', 'live')).toBe('live')
    expect(at()).toBeUndefined()
    for (const one of STAGES)
      for (const other of STAGES) {
        const stage = at(one, other) ?? 'off'
        const isFlipped = rolesFor(stage, 'query').primary === 'candidate'
        expect(isFlipped).toBe([one, other].every((each) => rolesFor(each, 'query').primary === 'candidate'))
      }
  })
})

describe('a decision', () => {
  test('follows the stage table', () => {
    const table = STAGES.map((stage) => {
      const { primary, shadow, fallback } = decide(operation('query'), stage, SINGLE, true, false)
      return [
        stage,
        primary,
        shadow ?? '–',
        fallback ?? '–',
        decide(operation('mutation', 'mutation'), stage, SINGLE, true, false).primary,
      ].join(' ')
    })
    expect(table).toEqual([
      'off legacy – – legacy',
      'dualwrite legacy – – legacy',
      'shadow legacy candidate – legacy',
      'live candidate legacy failed candidate',
      'rampdown candidate – – candidate',
      'complete candidate – – candidate',
    ])
  })

  test.each<[string, Identified, boolean, boolean, string]>([
    ['an unclassified request', { kind: 'unclassified', reason: 'syntax' }, true, false, 'unclassified'],
    ['a mutation', operation('mutation', 'mutation'), true, false, 'unmirrorable'],
    ['a batch with a mutation', { ...batch('query', 'mutation'), unmirrorable: 'mutation' }, true, false, 'unmirrorable'],
    ['a request that is a mirrored one', operation('query'), true, true, 'loop'],
    ['one that the sample left out', operation('query'), false, false, 'not-sampled'],
  ])('never mirrors %s', (_name, identified, sampled, looped, why) => {
    for (const stage of STAGES) expect(decide(identified, stage, SINGLE, sampled, looped).shadow).toBeUndefined()
    expect(decide(identified, 'shadow', SINGLE, sampled, looped).unmirrored).toBe(why)
  })

  test('lets a mutation fall back only where nothing was sent', () => {
    expect(decide(operation('mutation', 'mutation'), 'live', SINGLE, true, false).fallback).toBe('unsent')
  })
})
