import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, mergeHistograms, type Histogram } from '../../src/core/evidence/histogram.ts'
import { MAX_SERIES, Registry } from '../../src/telemetry/registry.ts'

const [DURATION, REQUESTS, VERDICT] = ['banyan.edge.overhead', 'banyan.requests', 'banyan.gate.verdict'] as const

test('what is counted under more labels than a metric has room for is counted together: sums stay right', () => {
  const registry = new Registry(0)
  const names = Array.from({ length: MAX_SERIES + 10 }, (_, index) => `query:A${index}#1`)
  for (let round = 0; round < 2; round += 1) for (const operation of names) registry.add(REQUESTS, { operation }, 1)
  const points = registry.collect(1)[0]?.dataPoints ?? []
  expect(points).toHaveLength(MAX_SERIES + 1)
  expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(2 * names.length)
  expect(points.at(-1)).toMatchObject({ attributes: { 'otel.metric.overflow': 'true' }, value: 20 })
})

test('a value of what has no room is not shown, and none takes the place of another', () => {
  const registry = new Registry(0)
  for (let index = 0; index <= MAX_SERIES; index += 1) registry.set(VERDICT, { operation: `query:A${index}#1` }, 1)
  registry.set(VERDICT, { operation: 'query:A0#1' }, -1)
  const points = registry.collect(1)[0]?.dataPoints ?? []
  expect(points).toHaveLength(MAX_SERIES)
  expect(points[0]?.value).toBe(-1)
})

const histogram: fc.Arbitrary<Histogram> = fc
  .array(fc.tuple(fc.double({ min: 1e-5, max: 100, noNaN: true }), fc.integer({ min: 1, max: 9 })))
  .map((all) => all.reduce<Histogram>((sum, [seconds, times]) => mergeHistograms(sum, { [bucketOf(seconds)]: times }), {}))

test('histograms that are added one by one are their sum', () => {
  fc.assert(
    fc.property(fc.array(histogram, { minLength: 1 }), (all) => {
      const [single, summed] = [new Registry(0), new Registry(0)]
      for (const one of all) single.merge(DURATION, {}, one)
      summed.merge(DURATION, {}, all.reduce(mergeHistograms))
      const [of, is] = [single, summed].map((registry) => registry.collect(1)[0]?.dataPoints[0]?.value as { sum: number; buckets: object })
      expect(of?.buckets).toEqual(is?.buckets)
      expect(of?.sum).toBeCloseTo(is?.sum ?? NaN, 6)
    }),
  )
})
