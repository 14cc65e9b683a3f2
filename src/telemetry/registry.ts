import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api'
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { bucketBound, type Histogram } from '../core/evidence/histogram.ts'
import { METRICS, type MetricName } from './attributes.ts'

type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: Labels
  value: number
  histogram: Histogram
}

/** Series of one metric; hostile operation names must not make more. */
const MAX_SERIES = 20_000

/** OpenTelemetry's advice for HTTP durations, in seconds, with two more below for a router. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * Metrics that are counted elsewhere and only added up here. OpenTelemetry's instruments take single measurements; ours arrive as sums of many edges, so
 * this yields finished metric data for the exporters instead.
 */
export class Registry {
  readonly #startedAt: HrTime
  readonly #series = new Map<MetricName, Map<string, Series>>()

  constructor(startedAt: number) {
    this.#startedAt = hrTime(startedAt)
  }

  add(name: MetricName, labels: Labels, value: number): void {
    const series = this.#of(name, labels)
    if (series !== undefined) series.value += value
  }

  set(name: MetricName, labels: Labels, value: number): void {
    const series = this.#of(name, labels)
    if (series !== undefined) series.value = value
  }

  /** Adds a histogram of seconds. */
  merge(name: MetricName, labels: Labels, histogram: Histogram): void {
    const series = this.#of(name, labels)
    if (series === undefined) return
    const sum: Record<string, number> = { ...series.histogram }
    for (const bucket in histogram) sum[bucket] = (sum[bucket] ?? 0) + (histogram[bucket] ?? 0)
    series.histogram = sum
  }

  /** Everything as of `now`, in milliseconds since the epoch. */
  collect(now: number): MetricData[] {
    return [...this.#series].map(([name, series]) => this.#dataOf(name, [...series.values()], hrTime(now)))
  }

  #of(name: MetricName, labels: Labels): Series | undefined {
    const all = this.#series.get(name) ?? new Map<string, Series>()
    this.#series.set(name, all)
    const key = JSON.stringify(labels)
    const known = all.get(key)
    if (known !== undefined) return known
    if (all.size >= MAX_SERIES) return undefined
    const fresh = { labels, value: 0, histogram: {} }
    all.set(key, fresh)
    return fresh
  }

  #dataOf(name: MetricName, series: readonly Series[], endTime: HrTime): MetricData {
    const { unit, kind, description } = METRICS[name]
    const base = {
      descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    }
    const point = <T>(labels: Labels, value: T) => ({ startTime: this.#startedAt, endTime, attributes: labels as Attributes, value })
    if (kind === 'histogram') {
      return {
        ...base,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: series.map(({ labels, histogram }) => point(labels, explicitBuckets(histogram))),
      }
    }
    const dataPoints = series.map(({ labels, value }) => point(labels, value))
    return kind === 'counter'
      ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
  }
}

/** Our fine buckets in the few that Prometheus gets. A bucket counts where its upper bound lies: at most half a percent off. */
function explicitBuckets(histogram: Histogram): { buckets: { boundaries: number[]; counts: number[] }; sum: number; count: number } {
  const counts = Array.from({ length: BOUNDS.length + 1 }, () => 0)
  let [sum, count] = [0, 0]
  for (const bucket in histogram) {
    const [bound, times] = [bucketBound(Number(bucket)), histogram[bucket] ?? 0]
    const index = BOUNDS.findIndex((limit) => bound <= limit)
    const at = index === -1 ? BOUNDS.length : index
    counts[at] = (counts[at] ?? 0) + times
    sum += bound * times
    count += times
  }
  return { buckets: { boundaries: BOUNDS, counts }, sum, count }
}

function hrTime(milliseconds: number): HrTime {
  return [Math.trunc(milliseconds / 1_000), (milliseconds % 1_000) * 1e6]
}
