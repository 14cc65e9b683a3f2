import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Places } from '../../../src/core/exchange/places.ts'

const filled = (names: string, limit = { inFlight: 2, queue: 2, waitMs: 100 }) => {
  const places = new Places<string>(limit)
  return { places, entries: Array.from(names, (name, at) => places.enter(name, at * 10)) }
}

describe('places', () => {
  test('are for as many as may be under way; as many wait as may; the next is refused', () => {
    const { places, entries } = filled('abcde')
    expect(entries).toEqual(['placed', 'placed', 'waiting', 'waiting', 'refused'])
    expect([places.taken, places.waiting]).toEqual([2, 2])
  })

  test('without a queue are there or not', () => {
    expect(filled('ab', { inFlight: 1, queue: 0, waitMs: 100 }).entries).toEqual(['placed', 'refused'])
  })

  test('go to whoever waited longest, and are free when nobody waits', () => {
    const { places } = filled('abcd')
    expect([places.leave(), places.leave()]).toEqual([
      { next: 'c', since: 20 },
      { next: 'd', since: 30 },
    ])
    expect(places.taken).toBe(2)
    expect([places.leave(), places.leave(), places.taken]).toEqual([undefined, undefined, 0])
  })

  test('one that gave up waiting is passed over, and makes room in the queue', () => {
    const { places } = filled('abcd')
    places.withdraw('c')
    expect(places.enter('e', 50)).toBe('waiting')
    expect([places.leave()?.next, places.leave()?.next]).toEqual(['d', 'e'])
  })

  test('those that waited too long are taken out, and no others', () => {
    const { places } = filled('abcd')
    expect([places.due, places.expire(119), places.expire(120), places.due, places.waiting]).toEqual([120, [], ['c'], 130, 1])
    expect([places.expire(1_000), places.due]).toEqual([['d'], undefined])
  })

  test('go in order, are never taken by more than may be, and are never free while somebody waits', () => {
    const acts = fc.array(fc.constantFrom('enter', 'leave', 'withdraw'), { maxLength: 60 })
    const size = fc.integer({ min: 0, max: 4 })
    fc.assert(
      fc.property(size, size, acts, (more, queue, all) => {
        const inFlight = more + 1
        const places = new Places<number>({ inFlight, queue, waitMs: 1 })
        const model = { placed: 0, waiting: [] as number[] }
        const act: Readonly<Record<string, (at: number) => readonly unknown[]>> = {
          enter: (at) => {
            const expected = model.placed < inFlight ? 'placed' : model.waiting.length < queue ? 'waiting' : 'refused'
            if (expected === 'placed') model.placed += 1
            if (expected === 'waiting') model.waiting.push(at)
            return [places.enter(at, at), expected]
          },
          leave: () => {
            if (model.placed === 0) return []
            const expected = model.waiting.shift()
            if (expected === undefined) model.placed -= 1
            return [places.leave()?.next, expected]
          },
          withdraw: () => {
            for (const gone of model.waiting.splice(model.waiting.length >> 1, 1)) places.withdraw(gone)
            return []
          },
        }
        for (const [at, one] of all.entries()) {
          const [seen, expected] = act[one]?.(at) ?? []
          expect([seen, places.taken, places.waiting]).toEqual([expected, model.placed, model.waiting.length])
        }
      }),
    )
  })
})
