import { logSumExp, prepareBet, SIZES } from '../../src/core/evidence/bet.ts'
import { promotable, type Contender } from '../../src/core/rollout/fleet.ts'
import { normal, poisson, type Chance } from './simulation.ts'

/** Cells of one campaign, under traffic of which a few get most, that are looked at every minute. */
export interface FleetTruth {
  readonly cells: number
  /** Share of the cells that differ too often: every second of them just as often as is allowed, the others twice as often. */
  readonly bad: number
  /** Share of comparisons that may differ; those of good cells differ a tenth as often. */
  readonly bound: number
  readonly hours: number
}

/** What became of one campaign. */
export interface FleetRun {
  /** Cells that were promoted and should not have been. */
  readonly wrong: number
  readonly promoted: number
  readonly good: number
  /** When good cells were promoted, in hours. */
  readonly hours: readonly number[]
}

/** Which contenders leave, by their place, of so many cells of which some have left before. */
export type FleetRule = (contenders: readonly Contender[], cells: number, promoted: number) => readonly number[]

/** Each cell by itself: as many false passes as there are cells to have them. */
export const eachByItself: FleetRule = (contenders) => contenders.flatMap(({ isReady }, place) => (isReady ? [place] : []))

export const acrossAll: FleetRule = (contenders, cells, promoted) => promotable(contenders, { cells, promoted, error: 0.05 }).places

const PASSES = Math.log(100)
const MINUTE_S = 60

/** Comparisons a second of a cell: one in the median, and a few cells have most of the traffic. The reference does not say which law it has; with this one as many good cells pass by themselves as there. */
const paceOf = (chance: Chance): number => 1.2 * Math.exp(1.75 * normal(chance))

export function fleetRun(chance: Chance, { cells, bad, bound, hours }: FleetTruth, rule: FleetRule): FleetRun {
  const wager = prepareBet([1, -1, 0], bound, 'below', 1)
  const logs = new Float64Array(SIZES)
  const isBad = (index: number): boolean => index < Math.round(cells * bad)
  const all = Array.from({ length: cells }, (_, index) => {
    const share = isBad(index) ? bound * (1 + (index % 2)) : bound / 10
    return { index, share, pace: paceOf(chance), total: 0, differ: 0, logE: 0, leftAt: Infinity }
  })
  for (let minute = 1; minute <= hours * MINUTE_S; minute += 1) {
    const waiting = all.filter(({ leftAt }) => leftAt === Infinity)
    for (const cell of waiting) {
      const more = count(chance, cell.pace * MINUTE_S)
      cell.total += more
      cell.differ += count(chance, more * cell.share)
      wager.write([cell.differ, 0, cell.total - cell.differ], logs, 0)
      cell.logE = logSumExp(logs)
    }
    const contenders = waiting.map(({ logE }) => ({ logE, isReady: logE >= PASSES }))
    for (const place of rule(contenders, cells, cells - waiting.length)) {
      const cell = waiting[place]
      if (cell !== undefined) cell.leftAt = minute / MINUTE_S
    }
  }
  const left = all.filter(({ leftAt }) => leftAt < Infinity)
  const right = left.filter(({ index }) => !isBad(index))
  return {
    wrong: left.length - right.length,
    promoted: left.length,
    good: all.filter(({ index }) => !isBad(index)).length,
    hours: right.map(({ leftAt }) => leftAt).toSorted((a, b) => a - b),
  }
}

/** Products of chances run out of digits where the mean is large; there the law is the normal one. */
function count(chance: Chance, mean: number): number {
  return mean < 50 ? poisson(chance, mean) : Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(chance)))
}

/** Mean over campaigns of the share of promotions that are wrong; a campaign without any has none. */
export function falseDiscoveries(campaigns: readonly FleetRun[]): number {
  return meanOf(campaigns.map(({ wrong, promoted }) => wrong / Math.max(1, promoted)))
}

/** Mean share of good cells that were promoted by then. */
export function promotedBy(campaigns: readonly FleetRun[], hour: number): number {
  return meanOf(campaigns.map(({ hours, good }) => hours.filter((at) => at <= hour).length / Math.max(1, good)))
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length)
}
