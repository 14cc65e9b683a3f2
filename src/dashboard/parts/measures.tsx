import { ORIGINS } from '../../core/routing/stage.ts'
import type { CellSummary } from '../../core/evidence/summary.ts'
import { count, milliseconds, NOTHING, ratio, ratioText, share, shortCount } from '../figures.ts'

/** Above this a slower candidate is worth a look. */
const SLOWER = 1.1
const FASTER = 0.95

/** A share as text and as a bar, so that a column can be read at a glance. */
export function Share({ value, of, enough }: { readonly value: number | undefined; readonly of?: number; readonly enough: number }) {
  const grade = value === undefined ? '' : value >= enough ? 'good' : 'bad'
  return (
    <span class="share">
      <span class="figure">{share(value)}</span>
      {value !== undefined && (
        <span class={`bar ${grade}`} aria-hidden="true">
          <span style={{ width: `${value * 100}%` }} />
        </span>
      )}
      {of !== undefined && of > 0 && (
        <span class="sub" title={`${count(of)} compared`}>
          of {shortCount(of)}
        </span>
      )}
    </span>
  )
}

/** What the dots beside the figures stand for. */
export function OriginLegend() {
  return (
    <span class="legend" aria-hidden="true">
      {ORIGINS.map((origin) => (
        <span key={origin} class={origin}>
          <span class="dot" />
          {origin}
        </span>
      ))}
    </span>
  )
}

/** p50, p95 and p99 of both origins in milliseconds, and how the p95 compare. */
export function Latency({ summary }: { readonly summary: Pick<CellSummary, 'legacy' | 'candidate'> }) {
  const compared = latencyRatio(summary)
  return (
    <span class="latency">
      {ORIGINS.map((origin) => (
        <span key={origin} class={`latency-line ${origin}`} title={`${origin}: ${count(summary[origin].count)} answers`}>
          <span class="dot" aria-hidden="true" />
          <span class="hidden">{origin}</span>
          <span>{milliseconds(summary[origin].p50)}</span>
          <span>{milliseconds(summary[origin].p95)}</span>
          <span>{milliseconds(summary[origin].p99)}</span>
        </span>
      ))}
      <span class={`ratio ${pace(compared)}`} title="p95 of the candidate over p95 of legacy">
        {ratioText(compared)}
        <span class="sub">{PACES[pace(compared)]}</span>
      </span>
    </span>
  )
}

const PACES = { faster: 'faster', slower: 'slower', even: 'even', unknown: '' } as const

function pace(value: number | undefined): keyof typeof PACES {
  if (value === undefined) return 'unknown'
  return value > SLOWER ? 'slower' : value < FASTER ? 'faster' : 'even'
}

/** p95 of the candidate over p95 of legacy. */
export function latencyRatio({ legacy, candidate }: Pick<CellSummary, 'legacy' | 'candidate'>): number | undefined {
  return ratio(candidate.p95, legacy.p95)
}

const QUANTILES = ['p50', 'p95', 'p99'] as const

/** Latency of both origins as bars on one scale, with the figures beside them. */
export function LatencyBars({ summary, region }: { readonly summary: Pick<CellSummary, 'legacy' | 'candidate'>; readonly region: string }) {
  const longest = Math.max(summary.legacy.p99 ?? 0, summary.candidate.p99 ?? 0)
  return (
    <table class="bars">
      <caption>
        {region} <span class="muted">milliseconds</span>
      </caption>
      <thead class="hidden">
        <tr>
          <th scope="col">Quantile</th>
          <th scope="col">Milliseconds</th>
          <th scope="col">Candidate over legacy</th>
        </tr>
      </thead>
      <tbody>
        {QUANTILES.map((quantile) => (
          <tr key={quantile}>
            <th scope="row">{quantile}</th>
            <td>
              {ORIGINS.map((origin) => (
                <span key={origin} class={`bar-row ${origin}`}>
                  <span class="bar-line" style={{ width: `${longest === 0 ? 0 : ((summary[origin][quantile] ?? 0) / longest) * 100}%` }} />
                  <span>
                    <span class="hidden">{origin}</span>
                    {milliseconds(summary[origin][quantile])}
                  </span>
                </span>
              ))}
            </td>
            <td class="number">
              {summary.legacy[quantile] === undefined ? NOTHING : ratioText(ratio(summary.candidate[quantile], summary.legacy[quantile]))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
