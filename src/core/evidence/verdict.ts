import type { Origin } from '../routing/stage.ts'

/** What gates are about, in the order in which they are told; `guard` is no gate, and told where it is alarmed. */
export const GATE_NAMES = ['parity', 'errors', 'p50', 'p95', 'p99', 'coverage', 'keys', 'split', 'soak', 'guard'] as const
export type GateName = (typeof GATE_NAMES)[number]

export const VERDICTS = ['pass', 'fail', 'inconclusive'] as const

/** What a gate counts, in the plural. */
export const COUNTED = ['comparisons', 'pairs', 'mirrored requests', 'requests', 'different requests', 'subjects', 'minutes'] as const

/** What it takes until a gate passes, if everything goes on as it did. */
export type Forecast =
  | {
      readonly kind: 'more'
      /** Further ones of what is counted: likely, if things go rather better, and if they go rather worse; `most` is absent where that is never. */
      readonly requests?: number
      readonly fewest?: number
      readonly most?: number
      /** How long `requests` take at the rate at which they came; absent where nobody knows. */
      readonly seconds?: number
    }
  | {
      readonly kind: 'never'
      readonly reason: string
      /** Further ones of what is counted, if all goes well from now on; absent where that is of no use either. */
      readonly atBest?: number
    }

/**
 * The numbers of one gate. Shares (parity, errors, coverage, the guard) are 0 to 1, differences of shares -1 to 1; quantiles of latency are times legacy's; the soak is in seconds.
 */
export interface GateFigures {
  readonly gate: GateName
  readonly verdict: (typeof VERDICTS)[number]
  /** The numbers in words. */
  readonly reason: string
  /** As it was seen; absent where nothing was. */
  readonly estimate?: number
  /** Where it lies, with error `falsePass` over all the times that anybody ever looks; an absent end is not known. */
  readonly lower?: number
  readonly upper?: number
  /** What it may be at the most; of coverage and soak, at the least. */
  readonly bound: number
  readonly of: (typeof COUNTED)[number]
  readonly counts: {
    readonly n: number
    /** Those of them that speak against the candidate. */
    readonly failures?: number
    /** Those that speak for it: what legacy alone failed. */
    readonly offsetting?: number
  }
  /** Chance that it is wrong over all the times that anybody ever looks: with a fail where it failed, else with a pass. Absent where nothing is wagered. */
  readonly alpha?: number
  /** Log of the e-value of a pass. */
  readonly logE?: number
  /** Log of the e-value of a fail, where that is what decided. */
  readonly logFail?: number
  /** Of a gate of latency: the quantiles of both, in seconds; absent where the answer never came. */
  readonly quantiles?: Readonly<Partial<Record<Origin, number>>>
  /** Absent where it passed or failed. */
  readonly forecast?: Forecast
  /** Whose counts these are; absent where there is one operation only. */
  readonly operation?: string
  /** Version of the rules that they were judged by. */
  readonly rules?: string
  /** Build of the candidate that answered; absent where it names none. */
  readonly build?: string
}

/** What the gates say of a cell. Too little evidence is its own answer. */
export interface Verdict {
  readonly verdict: (typeof VERDICTS)[number]
  /** What decided, in one sentence a person can read. */
  readonly reason: string
  /** The numbers of every gate that was asked. */
  readonly gates: readonly GateFigures[]
  /** Log of the evidence for a pass, as of now; absent where there is none, and for what is no claim about the candidate. */
  readonly logE?: number
}
