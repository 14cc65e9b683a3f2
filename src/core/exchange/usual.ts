/** How fast a backend usually is, as it was learnt. In seconds, above 0. */
export interface Usual {
  /** What a rise is told by: the least that was recent since the mirror was last at its least, and so not the reason. */
  readonly undisturbed: number
  /** Of late, without what was a rise. */
  readonly recent: number
}

/** What makes a latency a rise over what is usual: both. */
export interface Rise {
  readonly factor: number
  /** A rise by less harms nobody, however fast the backend is. */
  readonly seconds: number
}

/** How far recent latencies follow a window: up as far as down, so that their middle stays in the middle. */
const FOLLOW = 0.1

export function isRise(usual: Usual | undefined, seen: number | undefined, { factor, seconds }: Rise): boolean {
  if (usual === undefined || seen === undefined) return false
  return seen > usual.undisturbed * factor && seen - usual.undisturbed > seconds
}

/**
 * What is usual after one more window. Upwards it is learnt only while the mirror is at its least, as Envoy's gradient controller measures its least round trip with hardly anything under way
 * (envoy.filters.http.adaptive_concurrency): above that the mirror may be why, and what creeps up, in however small steps, is a rise in the end. Then the limit falls, and what stays slow although
 * hardly anything is mirrored any more is the backend's own and becomes usual, within a few seconds.
 * @param isLeast the mirror was at its least all through the window
 */
export function learn(usual: Usual | undefined, seen: number | undefined, rise: Rise, isLeast: boolean): Usual | undefined {
  if (seen === undefined) return usual
  if (usual === undefined) return { undisturbed: seen, recent: seen }
  if (!isLeast && isRise(usual, seen, rise)) return usual
  // In ratios, as the latencies of a window are averaged.
  const recent = usual.recent * (seen / usual.recent) ** FOLLOW
  return { recent, undisturbed: isLeast ? recent : Math.min(usual.undisturbed, recent) }
}
