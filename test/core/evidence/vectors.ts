import { readFileSync } from 'node:fs'
import type { Direction, Stratum } from '../../../src/core/evidence/bet.ts'

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
    readonly mid: number | null
  })[]
}

/** What the primitives have to say, by an implementation that shares nothing with ours. */
export const VECTORS: Vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
