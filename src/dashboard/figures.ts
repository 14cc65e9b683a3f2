export { partsOf } from '../core/operation/operation.ts'

/** Stands where there is no figure. */
export const NOTHING = '–'

/** A share in percent; never rounded up to 100, because one difference in a million is one. Near it one more digit is shown. */
export function share(value: number | undefined): string {
  if (value === undefined) return NOTHING
  if (value === 1 || value === 0) return `${value * 100} %`
  const digits = value >= 0.999 ? 3 : 2
  const unit = 10 ** (digits + 2)
  return `${(Math.floor(value * unit) / 10 ** digits).toFixed(digits)} %`
}

/** A share that should be small: never rounded down to nothing. */
export function smallShare(value: number | undefined): string {
  if (value === undefined) return NOTHING
  if (value === 0) return '0 %'
  return value < 0.0001 ? '< 0.01 %' : `${(value * 100).toFixed(2)} %`
}

export function count(value: number): string {
  return value.toLocaleString('en')
}

/** Few digits where there is little room: `1.2 M`. */
export function shortCount(value: number): string {
  return value < 10_000
    ? count(value)
    : value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 }).replace(/([A-Z])$/, ' $1')
}

export function perSecond(rate: number): string {
  return rate >= 100 ? count(Math.round(rate)) : rate.toFixed(1)
}

/** Seconds as milliseconds, with three digits at most behind which measurement stands. */
export function milliseconds(seconds: number | undefined): string {
  if (seconds === undefined) return NOTHING
  const value = seconds * 1_000
  if (value >= 100) return count(Math.round(value))
  return value.toFixed(value < 10 ? 2 : 1)
}

/** `0.42×`: less than one is faster. */
export function ratio(candidate: number | undefined, legacy: number | undefined): number | undefined {
  return candidate === undefined || legacy === undefined || legacy === 0 ? undefined : candidate / legacy
}

export function ratioText(value: number | undefined): string {
  return value === undefined ? NOTHING : `${value.toFixed(2)}×`
}

const UNITS: readonly (readonly [number, Intl.RelativeTimeFormatUnit])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** `3 minutes ago`, as of `now`; both in milliseconds since the epoch. */
export function ago(at: number, now: number): string {
  const passed = Math.max(0, now - at)
  const [size, unit] = UNITS.find(([length]) => passed >= length) ?? [1_000, 'second']
  return relative.format(-Math.floor(passed / size), unit)
}

export function operationPath(key: string): string {
  return `/operations/${encodeURIComponent(key)}`
}

export function rolloutPath(plan: string): string {
  return `/rollouts/${encodeURIComponent(plan)}`
}

export function groupPath(id: string): string {
  return `/groups/${encodeURIComponent(id)}`
}
