import { addCounts, emptyCounts } from './counts.ts'

/**
 * A latency histogram whose buckets never move, so that adding two of them loses nothing: an exponential scale with
 * 128 buckets an octave (OpenTelemetry's exponential histogram at scale 7; each bucket is 0.54 % wide).
 * Bucket `i` holds durations in (2^((i-1)/128), 2^(i/128)] seconds. Plain data: bucket index to count.
 */
export type Histogram = Readonly<Record<string, number>>

export const BUCKETS_PER_OCTAVE = 128

/** The bucket of what never came: slower than everything. */
export const NEVER = 1_000_000_000

/** Shorter than a microsecond counts as one: below it the clock is noise. */
const MIN_SECONDS = 1e-6
/** Longer than a day counts as one. */
const MAX_SECONDS = 86_400

/** The bucket of a duration in seconds. */
export function bucketOf(seconds: number): number {
  const bounded = Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS)
  return Math.ceil(Math.log2(bounded) * BUCKETS_PER_OCTAVE)
}

/** The upper bound of a bucket, in seconds. */
export function bucketBound(bucket: number): number {
  return 2 ** (bucket / BUCKETS_PER_OCTAVE)
}

/**
 * What was counted, by bucket, as plain data. Without a prototype an object is a table from the start; an ordinary one gets a new shape for every bucket that no other had before, which costs
 * four times as much.
 */
export function histogramOf(counts: ReadonlyMap<number, number>): Histogram {
  const histogram = emptyCounts()
  for (const [bucket, count] of counts) histogram[bucket] = count
  return histogram as Histogram // every bucket in it has a count
}

export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  // The sum of two full tables is full.
  return addCounts(a, b) as Histogram
}

export function histogramCount(histogram: Histogram): number {
  let count = 0
  for (const bucket in histogram) count += histogram[bucket] ?? 0
  return count
}

/** Buckets with their counts, in order. */
export type Buckets = readonly (readonly [bucket: number, count: number])[]

export function bucketsOf(histogram: Histogram): Buckets {
  const buckets: [number, number][] = []
  for (const bucket in histogram) buckets.push([Number(bucket), histogram[bucket] ?? 0])
  return buckets.toSorted((a, b) => a[0] - b[0])
}

/** The upper bound, in seconds, of the bucket that holds quantile `q` (0 to 1); `undefined` where nothing was counted. */
export function quantile(buckets: Buckets, q: number): number | undefined {
  const bucket = quantileBucket(buckets, q)
  return bucket === undefined ? undefined : bucketBound(bucket)
}

export function quantileBucket(buckets: Buckets, q: number): number | undefined {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  const rank = Math.max(1, Math.ceil(q * total))
  let seen = 0
  for (const [bucket, count] of buckets) {
    seen += count
    if (seen >= rank) return bucket
  }
  return undefined
}
