import type { Load, Run } from './measure.ts'

/** Which load, without how long. */
export type Where = Pick<Load, 'kind' | 'size' | 'connections'>

/** All that was measured. Of one load everybody has the same rounds, in the same order: the first of each were measured after each other. */
export class Rounds {
  readonly #runs = new Map<string, Run[]>()

  add(name: string, where: Where, run: Run): void {
    const key = keyOf(name, where)
    this.#runs.set(key, [...this.of(name, where), run])
  }

  of(name: string, where: Where): readonly Run[] {
    return this.#runs.get(keyOf(name, where)) ?? []
  }

  /** The median of each figure by itself. */
  median(name: string, where: Where): Run | undefined {
    const runs = this.of(name, where)
    const [first] = runs
    if (first === undefined) return undefined
    const figures = Object.keys(first) as (keyof Run)[] // all of a run are numbers
    return Object.fromEntries(figures.map((figure) => [figure, spreadOf(runs.map((run) => run[figure])).median])) as unknown as Run
  }

  /**
   * A figure of several contenders, taken in each round by itself: what the machine does to all of them in one minute is no difference between them.
   * `undefined` where somebody whom the figure asks for was not measured.
   */
  each(where: Where, value: (run: (name: string) => Run) => number): Spread | undefined {
    const values: number[] = []
    for (let round = 0; ; round += 1) {
      const missing = new Set<string>()
      const figure = value((name) => {
        const run = this.of(name, where)[round]
        if (run === undefined) missing.add(name)
        return run ?? NOTHING
      })
      if (missing.size > 0) return values.length === 0 ? undefined : spreadOf(values)
      values.push(figure)
    }
  }
}

/** Half of all values lie between `low` and `high`. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) }
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const [below = 0, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  const part = at - Math.floor(at)
  // Not 0 times infinity.
  return part === 0 ? below : below * (1 - part) + above * part
}

function keyOf(name: string, { kind, size, connections }: Where): string {
  return `${name} ${kind} ${size} ${connections}`
}

const NOTHING: Run = {
  requests: 0,
  perSecond: 0,
  failed: 0,
  p50: 0,
  p99: 0,
  p999: 0,
  mainCpu: 0,
  clientCpu: 0,
  shadowCpu: 0,
  controlCpu: 0,
  loadCpu: 0,
  legacyCpu: 0,
  candidateCpu: 0,
  clientCore: 0,
  otherCore: 0,
  strangersBeside: 0,
  strangersOnOther: 0,
  memory: 0,
  compared: 0,
}
