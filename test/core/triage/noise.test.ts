import { describe, expect, test } from 'vitest'
import type { FacetCount } from '../../../src/core/comparison/facet.ts'
import { noiseOf, noiseText, NOISE_HOURS } from '../../../src/core/triage/noise.ts'

const HOUR = 3_600_000
const NOW = 1_000 * HOUR
const hour = (facet: 'hour' | 'noise-hour', count: number, ago = 0): FacetCount => {
  const at = NOW - ago * HOUR
  return { facet, name: String(at), count, firstSeen: at, lastSeen: at }
}
const ALWAYS = { compared: 10, made: 10 }
const seen = (raw: number, noise: number, ago = 0) => ({ facets: [hour('hour', raw, ago), hour('noise-hour', noise, ago)] })

describe('a group', () => {
  test.each<[number, number, number, boolean | undefined, string]>([
    [100, 0, 0.05, undefined, 'without noise nothing is said'],
    [100, 9, 1, true, 'nine times are too few to tell'],
    [15, 10, 1, false, 'one and a half times the noise is not above it'],
    [16, 10, 1, true, 'more than that is'],
    [300, 10, 0.05, false, 'noise of a sample stands for that of all requests'],
    [301, 10, 0.05, true, 'and differences above that are told'],
    [5, 10, 0, undefined, 'legacy was not asked a second time'],
  ])('that differed %i times with noise %i in a sample of %d: verifiable is %s, for %5$s', (raw, noise, sample, expected) => {
    expect(noiseOf(seen(raw, noise), { compared: 2_000, made: sample * 2_000 }, NOW)?.isVerifiable).toBe(expected)
  })

  test.each<[number, number, { raw: number; noise: number }, string, boolean | undefined, string]>([
    [3, 1, { raw: 300, noise: 250 }, 'coordinate', false, 'whose noise is spread over many groups'],
    [3, 0, { raw: 300, noise: 250 }, 'coordinate', false, 'and one that legacy happened not to show'],
    [3, 1, { raw: 900, noise: 250 }, 'group', true, 'whose coordinate differs more than noise makes it'],
    [3, 0, { raw: 900, noise: 9 }, 'none', undefined, 'where there is hardly any noise'],
    [16, 0, { raw: 300, noise: 250 }, 'none', undefined, 'that is too frequent for noise that nobody saw'],
    [300, 12, { raw: 300, noise: 250 }, 'group', true, 'with noise enough of its own, by that'],
  ])(
    'that differed %i times with noise %i, at a coordinate with %o, is judged by the %s: %s, for one %s',
    (raw, noise, at, by, expected) => {
      const judged = noiseOf(seen(raw, noise), { compared: 2_000, made: 2_000 }, NOW, { ...at, compared: 2_000, made: 2_000 })
      expect(judged?.of ?? 'none').toBe(by)
      expect(judged?.isVerifiable).toBe(expected)
    },
  )

  test('that is not verifiable by its coordinate says whose numbers these are', () => {
    const noise = noiseOf(seen(3, 1), ALWAYS, NOW, { raw: 300, noise: 250, compared: 2_000, made: 2_000 })
    expect(noise === undefined ? '' : noiseText(noise)).toMatch(
      /^not verifiable: in two days its coordinate, all groups together, differed 300 times/,
    )
  })

  test('is not judged by noise of long ago', () => {
    expect(noiseOf(seen(10, 100, NOISE_HOURS), ALWAYS, NOW)?.isVerifiable).toBe(false)
    expect(noiseOf(seen(10, 100, NOISE_HOURS + 1), ALWAYS, NOW)).toBeUndefined()
  })

  test('that is not verifiable says so with both numbers, and what that means', () => {
    const noise = noiseOf(seen(120, 9), { compared: 8_240, made: 412 }, NOW)
    expect(noise === undefined ? '' : noiseText(noise)).toBe(
      'in two days it differed 120 times, and legacy differed from itself 9 times in 412 comparisons with itself, 5 % of all: about 180 by noise alone',
    )
    const noisy = noiseOf(seen(120, 12), { compared: 8_240, made: 412 }, NOW)
    expect(noisy === undefined ? '' : noiseText(noisy)).toMatch(
      /^not verifiable: .* about 240 by noise alone\. It is not hidden, and lowers the coverage/,
    )
  })
})
