/** Everything that is to be promoted in one campaign, however many replicas look at it and whenever. */
export interface Fleet {
  /**
   * Cells of the campaign, promoted or not; those that were finished or taken back stay counted. Whoever is promoted is held against the number at that moment: while a
   * campaign becomes `k` times as large the promise is `error · (1 + ln k)`, because a wrong one of the `i`-th cells costs no more than `error / i`.
   */
  readonly cells: number
  /** Cells that were promoted in it so far; those that were taken back later stay counted. */
  readonly promoted: number
  /** Greatest share of wrong ones among all promotions, in expectation and at any moment. */
  readonly error: number
}

/** One wrong promotion in twenty, besides each cell's own chance of a false pass. */
export const FLEET_ERROR = 0.05

/** A cell that is not promoted yet. */
export interface Contender {
  /** Log of its evidence as it is now; never the greatest it ever was, which holds no promise. Absent: none. */
  readonly logE?: number | undefined
  /** All its gates pass, the soak and coverage too. */
  readonly isReady: boolean
}

/**
 * Which cells may be promoted now, by their place: cumulative e-BH. Cells that are not ready are left out before anything is counted: a threshold that was
 * computed with cells which are then not promoted would promise nothing. Cells may depend on each other in any way.
 * Source: Wang and Ramdas, "False discovery rate control with e-values" (2022); section 3.5 of the reference.
 */
export function promotable(
  contenders: readonly Contender[],
  { cells, promoted, error }: Fleet,
): { readonly places: readonly number[]; readonly logThreshold?: number } {
  const ready = contenders
    .flatMap(({ logE, isReady }, place) => (isReady && logE !== undefined ? [{ place, logE }] : []))
    .toSorted((a, b) => b.logE - a.logE)
  const thresholdOf = (more: number): number => Math.log(cells / (error * (promoted + more)))
  const most = ready.findLastIndex(({ logE }, index) => logE >= thresholdOf(index + 1)) + 1
  if (most === 0) return { places: [] }
  const places = ready.slice(0, most).map(({ place }) => place)
  return { places: places.toSorted((a, b) => a - b), logThreshold: thresholdOf(most) }
}
