import type { Group } from '../comparison/group.ts'

const HOUR_MS = 3_600_000
/** Noise that is older says nothing about now. */
export const NOISE_HOURS = 48
/** Fewer times than these may be a deployment or an accident; from here on the estimate is good to a third. */
const ENOUGH = 10
/** Differences have to be this many times the noise to tell of the candidate: the least at which OpenDiffy shows a field (NO-1). */
const ABOVE_NOISE = 1.5

/** What control requests say of a group: how often legacy disagreed with itself in the same way, in the newest hours. */
export interface NoiseEvidence {
  /** Times that the candidate differed from legacy. */
  readonly raw: number
  /** Times that legacy differed from itself, and the share of requests that it was asked about. */
  readonly noise: number
  readonly sample: number
  /** How often the noise alone would have made them differ. */
  readonly expected: number
  /** `false`: the noise explains so much of it that nobody can tell whether the candidate is right. It still counts; nothing is hidden. */
  readonly isVerifiable: boolean
}

/**
 * Whether a group can be told from noise (NO-1, NO-3). Nothing where legacy did not disagree with itself.
 * @param sample share of requests that legacy is asked a second time, 0 to 1
 */
export function noiseOf({ facets }: Pick<Group, 'facets'>, sample: number, now: number): NoiseEvidence | undefined {
  const since = now - NOISE_HOURS * HOUR_MS
  const sum = (wanted: 'hour' | 'noise-hour'): number =>
    facets.reduce((total, { facet, name, count }) => (facet === wanted && Number(name) >= since ? total + count : total), 0)
  const [raw, noise] = [sum('hour'), sum('noise-hour')]
  if (noise === 0 || sample <= 0) return undefined
  const expected = Math.round(noise / sample)
  return { raw, noise, sample, expected, isVerifiable: noise < ENOUGH || raw > ABOVE_NOISE * expected }
}

/** The evidence in words. */
export function noiseText({ raw, noise, sample, expected, isVerifiable }: NoiseEvidence): string {
  const numbers = `in two days it differed ${raw} times, and legacy differed from itself ${noise} times in ${percentText(sample)} of the requests: about ${expected} by noise alone`
  return isVerifiable
    ? numbers
    : `not verifiable: ${numbers}. It is not hidden and counts for gates; its operations stay unverified until a rule or a fix`
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
