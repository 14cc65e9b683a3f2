import type { Reading } from './readings.ts'

/** What is compared, and what it may grow by from the first window to the last. */
interface Figure {
  readonly name: string
  readonly of: (reading: Reading) => number | undefined
  /** What stands for a window: of what follows the load from moment to moment the least, which only what is never given back can raise. */
  readonly stands: (values: readonly number[]) => number | undefined
  /** Share of the earlier figure. */
  readonly share: number
  /** Whatever the share: what chance does to small figures. */
  readonly least: number
}

const FIGURES: readonly Figure[] = [
  { name: 'memory (PSS), MiB', of: ({ memory }) => memory, stands: median, share: 0.1, least: 8 },
  { name: 'heap of the main thread, MiB', of: ({ heap }) => heap?.main, stands: median, share: 0.05, least: 1 },
  { name: 'heap of its other threads, MiB', of: ({ heap }) => heap?.threads, stands: median, share: 0.05, least: 1 },
  { name: 'outside of the heap, MiB', of: ({ heap }) => heap?.external, stands: median, share: 0.1, least: 2 },
  { name: 'open files, the least', of: ({ files }) => files, stands: least, share: 0.05, least: 6 },
  { name: 'of them sockets, the least', of: ({ sockets }) => sockets, stands: least, share: 0.05, least: 6 },
]

/** One figure of one process, in two windows. */
export interface Row {
  readonly process: string
  readonly figure: string
  readonly before: number
  readonly after: number
  readonly atMost: number
  readonly isFlat: boolean
}

/** Compares the last third of the readings of each process that lived all the time with the third before it; the first third is the warm-up. */
export function rowsOf(readings: readonly Reading[]): readonly Row[] {
  return [...Map.groupBy(readings, ({ pid }) => pid).values()].flatMap((ofProcess) =>
    FIGURES.flatMap((figure): readonly Row[] => {
      const values = ofProcess.flatMap((reading) => figure.of(reading) ?? [])
      const third = Math.floor(values.length / 3)
      const [before, after] = [figure.stands(values.slice(third, -third)), figure.stands(values.slice(-third))]
      if (third === 0 || before === undefined || after === undefined) return []
      const atMost = Math.max(before * (1 + figure.share), before + figure.least)
      return [{ process: ofProcess[0]?.process ?? '', figure: figure.name, before, after, atMost, isFlat: after <= atMost }]
    }),
  )
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values)
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
