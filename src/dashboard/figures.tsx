import type { LatencySummary } from '../core/evidence/summary.ts'

/** A share in percent; never rounded up to 100, because one difference in a million is one. */
export function share(value: number | undefined): string {
  if (value === undefined) return '–'
  return value === 1 ? '100 %' : `${(Math.floor(value * 10_000) / 100).toFixed(2)} %`
}

export function count(value: number): string {
  return value.toLocaleString('en')
}

export function milliseconds(seconds: number | undefined): string {
  if (seconds === undefined) return '–'
  const value = seconds * 1_000
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

/** p50, p95 and p99 in milliseconds. */
export function Latency({ summary }: { readonly summary: LatencySummary }) {
  if (summary.p50 === undefined) return <span class="nothing">–</span>
  return (
    <span class="latency" title={`${count(summary.count)} answers`}>
      <b>{milliseconds(summary.p50)}</b> {milliseconds(summary.p95)} {milliseconds(summary.p99)}
    </span>
  )
}

/** A share as text and as a bar, so that a column can be read at a glance. */
export function Share({ value, good }: { readonly value: number | undefined; readonly good: number }) {
  const kind = value === undefined ? 'nothing' : value >= good ? 'good' : 'bad'
  return (
    <span class={`share ${kind}`}>
      {share(value)}
      <progress max={1} value={value ?? 0} aria-hidden="true" />
    </span>
  )
}

/** When something was seen, for people. */
export function When({ at }: { readonly at: number }) {
  const date = new Date(at)
  return <time dateTime={date.toISOString()}>{date.toLocaleString()}</time>
}

export function OperationName({ operation }: { readonly operation: string }) {
  const [label = operation, signature = ''] = operation.split('#')
  const [type = '', ...name] = label.split(':')
  return (
    <span class="operation">
      <span class={`type ${type}`}>{type}</span>
      <a href={`/operations/${encodeURIComponent(operation)}`}>{name.join(':')}</a>
      <span class="signature" title={`signature ${signature}`}>
        {signature.slice(0, 4)}
      </span>
    </span>
  )
}

/** Where an operation stands, in words. */
export function Standing({ stage, percent, rest }: { readonly stage: string; readonly percent: number; readonly rest: string }) {
  return (
    <span class={`stage ${stage}`}>
      {stage}
      {percent < 100 && stage !== rest ? ` ${percent} %, else ${rest}` : ''}
    </span>
  )
}
