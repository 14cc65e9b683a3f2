import { describe, expect, test } from 'vitest'
import type { Identified, OperationType, UnmirrorableReason } from '../../../src/core/operation/operation.ts'
import { decide } from '../../../src/core/routing/decide.ts'
import { STAGES } from '../../../src/core/routing/stage.ts'

const operation = (type: OperationType, unmirrorable?: UnmirrorableReason): Identified => ({
  kind: 'operation',
  operation: { key: `${type}:A#1`, type, name: 'A', signature: '1', document: '' },
  ...(unmirrorable === undefined ? {} : { unmirrorable }),
})

describe('a decision', () => {
  test('follows the stage table', () => {
    const table = STAGES.map((stage) => {
      const { primary, shadow, fallback } = decide(operation('query'), stage, true, false)
      return [stage, primary, shadow ?? '–', fallback ?? '–', decide(operation('mutation', 'mutation'), stage, true, false).primary].join(
        ' ',
      )
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
    ['a request that is a mirrored one', operation('query'), true, true, 'loop'],
    ['one that the sample left out', operation('query'), false, false, 'not-sampled'],
  ])('never mirrors %s', (_name, identified, sampled, looped, why) => {
    for (const stage of STAGES) expect(decide(identified, stage, sampled, looped).shadow).toBeUndefined()
    expect(decide(identified, 'shadow', sampled, looped).unmirrored).toBe(why)
  })

  test('lets a mutation fall back only where nothing was sent', () => {
    expect(decide(operation('mutation', 'mutation'), 'live', true, false).fallback).toBe('unsent')
  })
})
