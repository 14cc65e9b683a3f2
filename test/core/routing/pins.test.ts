import { describe, expect, test } from 'vitest'
import type { Identified, OperationType } from '../../../src/core/operation/operation.ts'
import { PINNED, type Assignment } from '../../../src/core/routing/decide.ts'
import { MAX_PINNED, pinnedAt, Pins } from '../../../src/core/routing/pins.ts'
import { STAGES, type Origin, type Stage } from '../../../src/core/routing/stage.ts'

const batch = (...types: readonly OperationType[]): Identified => ({
  kind: 'batch',
  operations: types.map((type) => ({ key: `${type}:A#1`, type, signature: '1', document: '' })),
  roots: types.map(() => []),
})
const at = (stage: Stage, reason = 'RULE_MATCH'): Assignment => ({ stage, reason, flag: 'banyan.query.A', version: 3 })

describe('a pin', () => {
  test('holds for its time, from the newest write on, where that was done', () => {
    const pins = new Pins()
    expect(pins.of('anna', 0)).toBeUndefined()
    pins.note({ subject: 'anna', origin: 'legacy', forMs: 100 }, 0)
    expect([pins.of('anna', 99), pins.of('bert', 99), pins.of('anna', 100)]).toEqual(['legacy', undefined, undefined])
    pins.note({ subject: 'anna', origin: 'legacy', forMs: 10 }, 50)
    expect(pins.of('anna', 99)).toBe('legacy')
    pins.note({ subject: 'anna', origin: 'candidate', forMs: 10 }, 60)
    expect([pins.of('anna', 69), pins.of('anna', 70)]).toEqual(['candidate', undefined])
  })

  test('is let go of for everybody who wrote at one origin', () => {
    const pins = new Pins()
    pins.note({ subject: 'anna', origin: 'candidate', forMs: 100 }, 0)
    pins.note({ subject: 'bert', origin: 'legacy', forMs: 100 }, 0)
    pins.release('candidate')
    expect([pins.of('anna', 1), pins.of('bert', 1)]).toEqual([undefined, 'legacy'])
  })

  test('is forgotten, of those who wrote longest ago, where there are too many', () => {
    const pins = new Pins()
    for (let i = 0; i <= MAX_PINNED; i += 1) pins.note({ subject: `u${i}`, origin: 'legacy', forMs: 1_000 }, 0)
    expect([pins.of('u0', 1), pins.of('u1', 1)]).toEqual([undefined, 'legacy'])
  })
})

describe('a pinned request', () => {
  test.each<[Origin, string, readonly Stage[]]>([
    ['legacy', 'wherever the candidate would answer', ['live', 'rampdown', 'complete']],
    ['candidate', 'only where it is asked anyway', ['shadow']],
  ])('goes to %s %s', (origin, _why, expected) => {
    const pinned = STAGES.filter((stage) => pinnedAt(batch('query'), at(stage), origin).pin === origin)
    expect(pinned).toEqual(expected)
  })

  test('says so, and keeps the flag', () => {
    expect(pinnedAt(batch('query'), at('live'), 'legacy')).toEqual({ ...at('live'), reason: 'PIN', pin: 'legacy' })
  })

  test('does not go to the candidate after a step back', () => {
    expect(pinnedAt(batch('query'), at('shadow', 'TAKEN_BACK'), 'candidate').pin).toBeUndefined()
  })

  test.each<[OperationType]>([['mutation'], ['write'], ['subscription'], ['socket']])('is no %s, nor a batch with one', (type) => {
    expect(pinnedAt(batch(type), at('live'), 'legacy').pin).toBeUndefined()
    expect(pinnedAt(batch('query', type), at('live'), 'legacy').pin).toBeUndefined()
  })

  test('is compared with nobody, and counts in no cell that a gate is about', () => {
    expect(PINNED).toEqual({
      legacy: { stage: 'off', primary: 'legacy', unmirrored: 'pin' },
      candidate: { stage: 'rampdown', primary: 'candidate', unmirrored: 'pin', fallback: 'failed' },
    })
  })
})
