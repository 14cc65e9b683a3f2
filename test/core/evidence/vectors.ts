import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Direction, Stratum } from '../../../src/core/evidence/bet.ts'
import type { Histogram } from '../../../src/core/evidence/histogram.ts'
import type { QuantileClaim } from '../../../src/core/evidence/latency.ts'

interface Vectors {
  readonly bet: readonly {
    readonly name: string
    readonly strata: readonly Stratum[]
    readonly bound: number
    readonly direction: Direction
    readonly logE: number
  }[]
  readonly rate: readonly {
    readonly events: number
    readonly total: number
    readonly bound: number
    readonly direction: Direction
    readonly logE: number
  }[]
  /** `null`: never. */
  readonly forecast: readonly (Stratum & {
    readonly name: string
    readonly bound: number
    readonly alpha: number
    readonly best: number | null
    readonly low: number | null
    readonly mid: number | null
    readonly high: number | null
  })[]
  readonly interval: readonly (Stratum & {
    readonly name: string
    readonly alpha: number
    readonly lower: number
    readonly upper: number
  })[]
  readonly shift: readonly { readonly ratio: number; readonly direction: Direction; readonly shift: number }[]
  readonly bucket: readonly { readonly value: number; readonly bucket: number }[]
  readonly twoArms: readonly (QuantileClaim & {
    readonly name: string
    readonly candidate: Histogram
    readonly legacy: Histogram
    readonly share: number
    readonly logE: number
    readonly boundary: number
  })[]
  readonly pairs: readonly (QuantileClaim & {
    readonly name: string
    readonly pairs: readonly (readonly [candidate: number, legacy: number, count: number])[]
    readonly logE: number
    readonly boundary: number
  })[]
  readonly guard: readonly {
    readonly name: string
    readonly values: readonly (readonly number[])[]
    readonly ticks: readonly (readonly number[])[]
    readonly bound: number
    readonly seconds: number
    readonly logG: readonly number[]
  }[]
  readonly fleet: readonly {
    readonly logE: readonly number[]
    readonly promoted: number
    readonly cells: number
    readonly alpha: number
    readonly after: number
    /** `null`: nothing is promoted. */
    readonly logThreshold: number | null
    readonly promote: readonly number[]
  }[]
}

/** What the primitives have to say, by an implementation that shares nothing with ours. */
export const VECTORS: Vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))

/** Relative, and absolute where the value is near nothing. */
export function expectNear(actual: number | undefined, expected: number, error = 1e-9): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(error * Math.max(1, Math.abs(expected)))
}
