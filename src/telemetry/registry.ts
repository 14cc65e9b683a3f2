import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api'
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { bucketBound, type Histogram } from '../core/evidence/histogram.ts'
import { METRICS, type MetricName } from './attributes.ts'

type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: Labels
  /** Of a histogram, the sum of what was measured. */
  value: number
  /** How often something was measured, by the bounds below; nothing but in a histogram. */
  readonly counts: number[]
}

/** Series of one metric; hostile operation names must not make more. What is counted under further labels is counted together, so that sums stay right. */
export const MAX_SERIES = 20_000
/** Source: OpenTelemetry, metrics SDK, "Cardinality limits". */
const OVERFLOW: Labels = { 'otel.metric.overflow': 'true' }

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
    this.#counted(name, labels).value += value
  }

  /** Of what has no room nothing is shown: values of different things are no sum. */
  set(name: MetricName, labels: Labels, value: number): void {
    const all = this.#all(name)
    if (hasRoom(all, labels)) seriesIn(all, labels).value = value
  }

  /**
   * Adds a histogram of seconds: our fine buckets in the few that Prometheus gets. A bucket counts where its upper bound lies: at most half a percent off. What it takes follows
   * what is added and not what is there, for every cell of every report is added to the same few series.
   */
  merge(name: MetricName, labels: Labels, histogram: Histogram): void {
    const series = this.#counted(name, labels)
    for (const bucket in histogram) {
      const [bound, times] = [bucketBound(Number(bucket)), histogram[bucket] ?? 0]
      const index = BOUNDS.findIndex((limit) => bound <= limit)
      const at = index === -1 ? BOUNDS.length : index
      series.counts[at] = (series.counts[at] ?? 0) + times
      series.value += bound * times
    }
  }

  /** Everything as of `now`, in milliseconds since the epoch. */
  collect(now: number): MetricData[] {
    return [...this.#series].map(([name, series]) => this.#dataOf(name, [...series.values()], hrTime(now)))
  }

  #counted(name: MetricName, labels: Labels): Series {
    const all = this.#all(name)
    return seriesIn(all, hasRoom(all, labels) ? labels : OVERFLOW)
  }

  #all(name: MetricName): Map<string, Series> {
    const known = this.#series.get(name)
    if (known !== undefined) return known
    const fresh = new Map<string, Series>()
    this.#series.set(name, fresh)
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
        dataPoints: series.map(({ labels, value, counts }) => point(labels, bucketsOf(value, counts))),
      }
    }
    const dataPoints = series.map(({ labels, value }) => point(labels, value))
    return kind === 'counter'
      ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
  }
}

function hasRoom(all: ReadonlyMap<string, Series>, labels: Labels): boolean {
  return all.size < MAX_SERIES || all.has(JSON.stringify(labels))
}

function seriesIn(all: Map<string, Series>, labels: Labels): Series {
  const key = JSON.stringify(labels)
  const known = all.get(key)
  if (known !== undefined) return known
  const fresh = { labels, value: 0, counts: [] }
  all.set(key, fresh)
  return fresh
}

/** Of the metric data of OpenTelemetry. */
function bucketsOf(
  sum: number,
  counted: readonly number[],
): { buckets: { boundaries: number[]; counts: number[] }; sum: number; count: number } {
  const counts = Array.from({ length: BOUNDS.length + 1 }, (_, at) => counted[at] ?? 0)
  return { buckets: { boundaries: BOUNDS, counts }, sum, count: counts.reduce((total, times) => total + times, 0) }
}

function hrTime(milliseconds: number): HrTime {
  return [Math.trunc(milliseconds / 1_000), (milliseconds % 1_000) * 1e6]
}
