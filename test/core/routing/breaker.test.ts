import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admit, after, begun, CLOSED, type Admission, type Breaker, type Result } from '../../../src/core/routing/breaker.ts'
import { earned, fullBudget, MOST_TOKENS, spent } from '../../../src/core/routing/retry-budget.ts'

/** One request after the other at given times; what each did: `+` asked and served, `-` asked and failed, `p` and `f` the same as a probe, `.` spared. */
function played(results: string, everyMs = 10): string {
  let breaker: Breaker = CLOSED
  return Array.from(results)
    .map((letter, i) => {
      const now = i * everyMs
      const admission = admit(breaker, now)
      if (admission === 'spare') return '.'
      const result: Result = letter === '+' ? 'served' : letter === '?' ? 'unknown' : 'failed'
      breaker = after(begun(breaker, admission), admission, result, now)
      return admission === 'ask' ? letter : result === 'served' ? 'p' : result === 'failed' ? 'f' : '?'
    })
    .join('')
}

describe('a breaker', () => {
  test.each<[string, string, string]>([
    ['lets a healthy candidate be asked', '+++++++++++', '+++++++++++'],
    ['opens after five failures in a row', '++-----++++', '++-----....'],
    ['stands four', '++----+----+', '++----+----+'],
    ['opens when half of the last twenty failed', '+-+-+-+-+-+-+-+-+-+-+-+-+-', '+-+-+-+-+-+-+-+-+-+-......'],
    ['does not count clients that left', '----????????', '----????????'],
  ])('%s', (_name, results, expected) => {
    expect(played(results)).toBe(expected)
  })

  test('asks after a second whether the candidate is back, and closes after three good answers', () => {
    expect(played('-----+++++++++++', 250)).toBe('-----...ppp+++++')
  })

  test('waits twice as long after each probe that failed, half a minute at most', () => {
    const seen = played('-'.repeat(200), 1_000)
    const probes = Array.from(seen).flatMap((letter, i) => (letter === 'f' ? [i] : []))
    expect(probes.map((at, i) => at - (probes[i - 1] ?? 4))).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30])
  })

  const open = [1, 2, 3, 4, 5].reduce<Breaker>((breaker) => after(breaker, 'ask', 'failed', 0), CLOSED)

  test('asks with one request at a time', () => {
    expect(admit(open, 1_000)).toBe('probe')
    const probing = begun(open, 'probe')
    expect(admit(probing, 1_000)).toBe('spare')
    expect(admit(after(probing, 'probe', 'unknown', 1_001), 1_001)).toBe('probe')
  })

  test('learns nothing of now from what was asked before it opened', () => {
    expect(after(open, 'ask', 'served', 500)).toBe(open)
    expect(after(open, 'ask', 'failed', 500)).toBe(open)
  })

  test('remembers nothing of a healthy candidate', () => {
    expect(after(CLOSED, 'ask', 'served', 0)).toBe(CLOSED)
  })

  test('whatever comes, it asks again within half a minute and never forgets how to close', () => {
    const event = fc.record({
      result: fc.constantFrom<Result>('served', 'failed', 'unknown'),
      admission: fc.constantFrom<Admission>('ask', 'probe'),
      passes: fc.nat(60_000),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 100 }), (events) => {
        let [breaker, now]: [Breaker, number] = [CLOSED, 0]
        for (const { result, admission, passes } of events) {
          now += passes
          breaker = after(begun(breaker, admission), admission, result, now)
        }
        for (let i = 0; i < 3 && breaker.state === 'open'; i += 1) {
          now += 30_000
          expect(admit(breaker, now)).toBe('probe')
          breaker = after(begun(breaker, 'probe'), 'probe', 'served', now)
        }
        expect(breaker.state).toBe('closed')
      }),
    )
  })
})

describe('a retry budget', () => {
  test('lets legacy’s load grow by a fifth, and a burst', () => {
    let [budget, tries] = [fullBudget(0), 0]
    for (let i = 0; i < 10_000; i += 1) {
      budget = earned(budget, 1, 0)
      const left = spent(budget)
      if (left !== undefined) [budget, tries] = [left, tries + 1]
    }
    expect(tries).toBeGreaterThanOrEqual(2_000)
    expect(tries).toBeLessThanOrEqual(2_000 + MOST_TOKENS)
  })

  test('lets a quiet edge try ten times a second', () => {
    let budget = fullBudget(0)
    for (let i = 0; i < MOST_TOKENS; i += 1) budget = spent(budget) ?? budget
    expect(spent(budget)).toBeUndefined()
    expect(earned(budget, 0, 1_000).tokens).toBe(10)
    expect(earned(budget, 0, 1e9).tokens).toBe(MOST_TOKENS)
  })

  test('is not upset by a clock that goes back', () => {
    expect(earned(fullBudget(1_000), 0, 0)).toEqual(fullBudget(1_000))
  })
})
