import { describe, expect, test } from 'vitest'
import { createLedger, Ledger, laneOf, LANES } from '../../src/handover/ledger.ts'

describe('a ledger', () => {
  test('is the same for all threads that share its memory', () => {
    const shared = createLedger()
    const [main, shadow] = [new Ledger(shared), new Ledger(shared)]
    main.begin(7, 'candidate')
    expect([shadow.hasBegun(7), shadow.isStopped(7), shadow.isAwaited(7, 'candidate'), shadow.isAwaited(7, 'legacy')]).toEqual([
      true,
      false,
      true,
      false,
    ])
    shadow.settle(7)
    shadow.stop(7)
    shadow.stop(7)
    expect([main.isStopped(7), main.isAwaited(7, 'candidate'), main.isStopped(8)]).toEqual([true, false, false])
    expect(main.facts).toEqual({ lanesStopped: 1, halted: [] })
  })

  test('stops the lanes that had something under way when their thread is gone, and no others', () => {
    const ledger = new Ledger(createLedger())
    for (const lane of [1, 2, 2]) ledger.begin(lane, 'legacy')
    ledger.settle(1)
    ledger.abandon()
    expect([1, 2, 3].map((lane) => ledger.isStopped(lane))).toEqual([false, true, false])
    expect(ledger.isAwaited(2, 'legacy')).toBe(false)
    ledger.settle(2)
    expect(ledger.hasBegun(1)).toBe(true)
  })

  test('tells others what is stopped, and takes what they tell', () => {
    const [one, other] = [new Ledger(createLedger()), new Ledger(createLedger())]
    expect(one.hasStops).toBe(false)
    one.stop(3)
    one.stop(LANES - 1)
    one.halt('dry-run')
    other.adopt(one.stops)
    expect(other.stops).toEqual({ lanes: [3, LANES - 1], halted: 1 })
    expect([other.isHalted('dry-run'), other.isHalted('validate-only')]).toEqual([true, false])
    expect(other.takeStops()).toEqual(one.stops)
    other.adopt(one.stops)
    expect(other.takeStops()).toBeUndefined()
  })

  test('learns from others which lanes have begun, which stops nothing and leaves nothing under way', () => {
    const [one, other] = [new Ledger(createLedger()), new Ledger(createLedger())]
    one.begin(3, 'legacy')
    one.settle(3)
    other.learnBegun([...one.begun, LANES - 1])
    expect(other.begun).toEqual([3, LANES - 1])
    expect([other.hasBegun(3), other.isStopped(3), other.isUnderWay(3), other.hasBegun(4)]).toEqual([true, false, false, false])
    expect(other.takeStops()).toBeUndefined()
  })

  test('knows one lane for one subject, and many for many', () => {
    expect(laneOf('ann')).toBe(laneOf('ann'))
    const lanes = new Set(Array.from({ length: 1_000 }, (_, index) => laneOf(`user-${index}`)))
    expect(lanes.size).toBeGreaterThan(950)
    expect(Math.max(...lanes)).toBeLessThan(LANES)
  })
})
