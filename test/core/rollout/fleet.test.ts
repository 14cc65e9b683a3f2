import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FLEET_ERROR, promotable, type Contender } from '../../../src/core/rollout/fleet.ts'
import { acrossAll, eachByItself, falseDiscoveries, fleetRun, promotedBy, type FleetRule } from '../../support/fleet-simulation.ts'
import { chanceOf, timesOf } from '../../support/simulation.ts'
import { expectNear, VECTORS } from '../evidence/vectors.ts'

const ready = (logE: number): Contender => ({ logE, isReady: true })

describe('a fleet', () => {
  test.each(VECTORS.fleet)('of $cells cells with $promoted promoted', ({ logE, promoted, cells, alpha, after, logThreshold, promote }) => {
    const { places, logThreshold: threshold } = promotable(logE.map(ready), { cells, promoted, error: alpha })
    expect(places).toEqual(promote)
    expect(promoted + places.length).toBe(after)
    expectNear(threshold ?? 0, logThreshold ?? 0)
  })

  test('counts no cell that is not ready: it may not lower the threshold of the others', () => {
    const fleet = { cells: 4, promoted: 0, error: FLEET_ERROR }
    const strong = { logE: 9, isReady: false }
    expect(promotable([ready(4.2), ready(4.2), ready(4.2), ready(9)], fleet).places).toEqual([0, 1, 2, 3])
    expect(promotable([ready(3.5), ready(3.5), strong, strong], fleet).places).toEqual([])
  })

  test('promotes nothing without evidence', () => {
    expect(promotable([{ isReady: true }, { isReady: true }], { cells: 2, promoted: 0, error: 0.5 }).places).toEqual([])
  })

  const evidence = fc.array(fc.double({ min: -5, max: 12, noNaN: true }), { maxLength: 20 })
  test('promotes by evidence alone, whatever the order', () => {
    fc.assert(
      fc.property(evidence, fc.nat(5), (logs, promoted) => {
        const fleet = { cells: logs.length + promoted, promoted, error: FLEET_ERROR }
        const promotedOf = (of: readonly number[]): readonly number[] =>
          promotable(of.map(ready), fleet)
            .places.map((place) => of[place] ?? Number.NaN)
            .toSorted((a, b) => a - b)
        const forwards = promotedOf(logs)
        expect(promotedOf(logs.toReversed())).toEqual(forwards)
        const least = forwards[0] ?? Infinity
        for (const log of logs) expect(forwards.includes(log)).toBe(log >= least)
      }),
    )
  })

  test('promotes no fewer for more evidence', () => {
    fc.assert(
      fc.property(evidence, fc.nat(19), fc.double({ min: 0, max: 5, noNaN: true }), (logs, which, more) => {
        const fleet = { cells: Math.max(logs.length, 1), promoted: 0, error: FLEET_ERROR }
        const count = (of: readonly number[]): number => promotable(of.map(ready), fleet).places.length
        expect(count(logs.map((log, i) => (i === which ? log + more : log)))).toBeGreaterThanOrEqual(count(logs))
      }),
    )
  })

  test('keeps the share of wrong promotions below its error, looked at all the time', () => {
    // Half of the cells are bad, exactly on their bound: their evidence is a fair game that doubles or is lost.
    const cells = 40
    const shares = Array.from({ length: 400 }, (_, run) => {
      const chance = chanceOf(run)
      const logs = Array.from({ length: cells }, () => 0)
      const promoted = new Set<number>()
      for (let look = 0; look < 12; look += 1) {
        logs.forEach((log, i) => (logs[i] = i >= cells / 2 ? log + 0.7 : chance() < 0.5 ? log + Math.LN2 : -Infinity))
        const waiting = logs.flatMap((log, i) => (promoted.has(i) ? [] : [{ i, log }]))
        const { places } = promotable(
          waiting.map(({ log }) => ready(log)),
          { cells, promoted: promoted.size, error: FLEET_ERROR },
        )
        for (const place of places) promoted.add(waiting[place]?.i ?? -1)
      }
      const wrong = [...promoted].filter((i) => i < cells / 2).length
      return promoted.size === 0 ? 0 : wrong / promoted.size
    })
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    expect(mean).toBeGreaterThan(0)
    expect(mean).toBeLessThanOrEqual(FLEET_ERROR)
  })
})

describe('a fleet that is looked at every minute, with heavy-tailed traffic', () => {
  const fleet = { cells: 60, bound: 0.001, hours: 6 } as const
  const campaigns = (bad: number, rule: FleetRule) => timesOf(10, 7, (chance) => fleetRun(chance, { ...fleet, bad }, rule))

  test.each([0.1, 0.5, 1])('promotes wrongly less than one time in twenty where %d of it is bad', (bad) => {
    expect(falseDiscoveries(campaigns(bad, acrossAll))).toBeLessThan(FLEET_ERROR)
  })

  test('waits hardly longer than each of its cells by itself', () => {
    const [together, alone] = [acrossAll, eachByItself].map((rule) => promotedBy(campaigns(0.1, rule), fleet.hours))
    expect(alone).toBeGreaterThan(0.5)
    expect(together).toBeGreaterThan((alone ?? 1) - 0.05)
  })
})
