import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { countedComparisons, GATE_DEFAULTS, parityGate } from '../../../src/core/evidence/gates.ts'
import { detect, type Detecting } from '../../../src/core/evidence/detector.ts'
import { Repeats } from '../../../src/core/evidence/repeats.ts'
import { chanceOf, type Chance } from '../../support/simulation.ts'

const MINUTE = 60_000
const NOON = Date.UTC(2026, 5, 1, 12)

describe('what one client asks again', () => {
  test('counts once in a minute of the clock, and again in the next', () => {
    const repeats = new Repeats(MINUTE)
    const asked = [0, 1, 59_999, 60_000, 60_001, 120_000].map((ms) => repeats.isRepeat(7, NOON + ms))
    expect(asked).toEqual([false, true, true, false, true, false])
  })

  test('is told from what others ask, whatever they have in common', () => {
    const repeats = new Repeats(MINUTE)
    const keys = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 17, 2 ** 18]
    expect(keys.map((key) => repeats.isRepeat(key, NOON))).toEqual(keys.map(() => false))
  })

  test('counts each time where nobody wants it otherwise', () => {
    const repeats = new Repeats(0)
    expect([1, 1, 1].map((key) => repeats.isRepeat(key, NOON))).toEqual([false, false, false])
  })

  test('counts the same whatever the order in which it comes', () => {
    const asked = fc.array(fc.tuple(fc.nat(20), fc.nat(3 * MINUTE - 1)))
    fc.assert(
      fc.property(asked, fc.infiniteStream(fc.nat()), (requests, order) => {
        const events = (some: typeof requests): number => {
          // Windows come one after the other; within a minute anything may come first.
          const repeats = new Repeats(MINUTE)
          return some.filter(([key, at]) => !repeats.isRepeat(key, NOON + at)).length
        }
        const minuteOf = ([, at]: (typeof requests)[number]): number => Math.floor(at / MINUTE)
        const shuffled = requests.map((one) => ({ one, by: order.next().value ?? 0 })).toSorted((a, b) => a.by - b.by)
        const inMinutes = (some: typeof requests): typeof requests => some.toSorted((a, b) => minuteOf(a) - minuteOf(b))
        expect(events(inMinutes(shuffled.map(({ one }) => one)))).toBe(events(inMinutes(requests)))
      }),
    )
  })
})

describe('gates', () => {
  const evidence = (compared: number, blocking: number, repeats: Evidence['repeats']): Evidence => ({
    ...EMPTY_EVIDENCE,
    outcomes: { compared },
    classes: { identical: compared - blocking, value: blocking },
    ...(repeats === undefined ? {} : { repeats }),
  })

  test('count what is repeated neither for the candidate nor against it', () => {
    expect(parityGate(evidence(6_000, 0, undefined), GATE_DEFAULTS).verdict).toBe('pass')
    expect(parityGate(evidence(6_000, 0, { compared: 5_000 }), GATE_DEFAULTS).verdict).toBe('inconclusive')
    const poller = evidence(10_000, 600, { compared: 599, blocking: 599 })
    expect(parityGate(poller, GATE_DEFAULTS)).toMatchObject({ counts: { n: 9_401, failures: 1 } })
  })

  test('add up repeats of several edges', () => {
    const both = mergeEvidence(evidence(5, 2, { compared: 3, blocking: 2 }), evidence(4, 0, { compared: 1 }))
    expect(countedComparisons(both)).toEqual({ compared: 5, blocking: 0 })
  })
})

/**
 * The number of a hundred runs in which a detector of one false alarm in twenty is alarmed, though both sides fail as often: a client of whom one request goes wrong asks it again, five
 * times on average, and it goes wrong again.
 */
function alarms(isEvent: (repeats: Repeats, key: number) => boolean): number {
  const run = (chance: Chance): boolean => {
    const repeats = new Repeats(MINUTE)
    let [known, key] = [undefined as Detecting | undefined, 0]
    const counts = [0, 0, 0]
    for (let look = 0; look < 400; look += 1) {
      for (let request = 0; request < 250; request += 1) {
        key += 1
        const roll = chance()
        const side = roll < 0.0005 ? 0 : roll < 0.001 ? 1 : 2
        const times = side === 2 ? 1 : Math.floor(Math.log(1 - chance()) / Math.log(0.8)) + 1
        for (let time = 0; time < times; time += 1) if (isEvent(repeats, key)) counts[side] = (counts[side] ?? 0) + 1
      }
      const detected = detect(known, [{ values: [1, -1, 0], counts: [...counts] }], 0, 5)
      if (detected.logG >= Math.log(20)) return true
      known = detected
    }
    return false
  }
  const chance = chanceOf(11)
  return Array.from({ length: 100 }, () => run(chance)).filter(Boolean).length
}

test('clusters of repeats raise false alarms where each of them counts, and no more than stated where they count once', () => {
  expect(alarms(() => true)).toBeGreaterThan(20)
  expect(alarms((repeats, key) => !repeats.isRepeat(key, NOON))).toBeLessThanOrEqual(5)
})
