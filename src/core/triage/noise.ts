import type { Group } from '../comparison/group.ts'

const HOUR_MS = 3_600_000
/** Noise that is older says nothing about now. */
export const NOISE_HOURS = 48
/** Fewer times than these may be a deployment or an accident; from here on the estimate is good to a third. */
const ENOUGH = 10
/** Differences have to be this many times the noise to tell of the candidate: the least at which OpenDiffy shows a field (NO-1). */
const ABOVE_NOISE = 1.5

/** Times that the candidate differed from legacy and legacy from itself, and how many comparisons there were of either, all in the newest hours. */
interface Seen {
  readonly raw: number
  readonly noise: number
  readonly compared: number
  readonly made: number
}

/** What control requests say of a group: how often legacy disagreed with itself in the same way, in the newest hours. */
export interface NoiseEvidence {
  /** Whether these are the numbers of the group, or of all that differs at its coordinate. */
  readonly of: 'group' | 'coordinate'
  /** Times that the candidate differed from legacy. */
  readonly raw: number
  /** Times that legacy differed from itself, and the comparisons with itself that were made. */
  readonly noise: number
  readonly controls: number
  /** Those over all comparisons. */
  readonly sample: number
  /** How often the noise alone would have made them differ. */
  readonly expected: number
  /** `false`: the noise explains so much of it that nobody can tell whether the candidate is right. It still counts; nothing is hidden. */
  readonly isVerifiable: boolean
}

/**
 * Whether a group can be told from noise (NO-1, NO-3). Noise at one coordinate makes many groups, by shapes and kinds, of which each has too little to be judged by itself: such a group is judged by all that
 * differs at its coordinate, as long as it is not so frequent that no noise which went unseen could make it. Nothing where legacy did not disagree with itself.
 * @param compared comparisons of the operations and regions of the group in the newest hours, and the comparisons of legacy with itself that were made of them
 * @param place the same of all groups at its coordinate
 */
export function noiseOf(
  { facets }: Pick<Group, 'facets'>,
  { compared, made }: Pick<Seen, 'compared' | 'made'>,
  now: number,
  place?: Seen,
): NoiseEvidence | undefined {
  const since = now - NOISE_HOURS * HOUR_MS
  const sum = (wanted: 'hour' | 'noise-hour'): number =>
    facets.reduce((total, { facet, name, count }) => (facet === wanted && Number(name) >= since ? total + count : total), 0)
  const own = { raw: sum('hour'), noise: sum('noise-hour'), compared, made }
  const isFrequent = made > 0 && own.raw > (ABOVE_NOISE * ENOUGH * compared) / made
  const among = own.noise >= ENOUGH || isFrequent || place === undefined ? undefined : judged(place, 'coordinate')
  return among?.isVerifiable === false ? among : judged(own, 'group')
}

function judged({ raw, noise, compared, made }: Seen, of: NoiseEvidence['of']): NoiseEvidence | undefined {
  if (noise === 0 || made === 0) return undefined
  const sample = made / compared
  const expected = Math.round(noise / sample)
  return { of, raw, noise, controls: made, sample, expected, isVerifiable: noise < ENOUGH || raw > ABOVE_NOISE * expected }
}

/** The evidence in words. */
export function noiseText({ of, raw, noise, controls, sample, expected, isVerifiable }: NoiseEvidence): string {
  const numbers = `in two days ${of === 'group' ? 'it' : 'its coordinate, all groups together,'} differed ${raw} times, and legacy differed from itself ${noise} times in ${controls} comparisons with itself, ${percentText(sample)} of all: about ${expected} by noise alone`
  return isVerifiable
    ? numbers
    : `not verifiable: ${numbers}. It is not hidden, and lowers the coverage; its operations stay unverified until a rule or a fix`
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
