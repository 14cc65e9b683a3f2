import { instantOf } from '../comparison/shape.ts'
import type { Timestamp } from './action.ts'

/** Nanoseconds. */
const UNITS: Readonly<Record<NonNullable<Timestamp['precision']>, bigint>> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n }
const NS_PER_MS = 1_000_000n

/** One text for each instant, cut to the precision of the rule; nothing for what is no date with a time. Local times are apart from all others (RU-3). */
export function instantIn(text: string, { precision = 'ns', assume }: Timestamp): string | undefined {
  const [, local = '', seconds, fraction = ''] = /^(local )?(-?\d+)\.(\d*)$/.exec(instantOf(text) ?? '') ?? []
  if (seconds === undefined) return undefined
  const nanoseconds = BigInt(seconds) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'))
  const unit = UNITS[precision]
  // Cut towards the past on both sides of 1970.
  const rest = ((nanoseconds % unit) + unit) % unit
  return `${assume === 'utc' ? '' : local}${nanoseconds - rest}`
}

/** Whether two texts of `instantIn` are at most so many milliseconds apart, and of one sort. */
export function isWithin(a: string, b: string, window: number): boolean {
  const [left, right] = [read(a), read(b)]
  if (left === undefined || right === undefined || left.isLocal !== right.isLocal) return false
  const distance = left.at - right.at
  return (distance < 0n ? -distance : distance) <= BigInt(Math.floor(window)) * NS_PER_MS
}

function read(text: string): { readonly isLocal: boolean; readonly at: bigint } | undefined {
  const [, local, digits] = /^(local )?(-?\d{1,25})$/.exec(text) ?? []
  return digits === undefined ? undefined : { isLocal: local !== undefined, at: BigInt(digits) }
}
