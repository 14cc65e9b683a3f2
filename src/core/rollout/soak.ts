import type { Gates, Peak } from '../evidence/gates.ts'
import type { GateFigures } from '../evidence/verdict.ts'
import { duration } from '../evidence/duration.ts'

/** Of a longer silence no more than this counts as time with traffic; evidence is kept by the hour once it is hours old. */
const SILENCE_MS = 3_600_000
/** What the newest of the windows stands for. */
const MINUTE_MS = 60_000

/**
 * Whether there was traffic for long enough to have seen what a day brings: gates speak of the traffic that was seen, and a backend that fails ten minutes a
 * day passes them on a calm morning.
 * @param order starts of the minutes with requests, or of the hours once they are old, in milliseconds since the epoch, in order
 */
export function soakGate(order: readonly number[], { soakMs, peak }: Pick<Gates, 'soakMs' | 'peak'>): GateFigures {
  const lived = livedMs(order)
  const figures = { gate: 'soak', estimate: lived / 1_000, bound: soakMs / 1_000, of: 'minutes', counts: { n: lived / MINUTE_MS } } as const
  if (lived >= soakMs) return { ...figures, verdict: 'pass', reason: `${duration(lived)} of traffic` }
  if (peak !== undefined && hasLivedThrough(order, peak))
    return { ...figures, verdict: 'pass', reason: `a whole peak, ${describePeak(peak)}` }
  const instead = peak === undefined ? '' : ` or one whole peak, ${describePeak(peak)}`
  const reason = `${duration(lived)} of traffic; ${duration(soakMs)}${instead} are needed`
  return { ...figures, verdict: 'inconclusive', reason, forecast: { kind: 'more', seconds: Math.ceil((soakMs - lived) / 1_000) } }
}

/** How long there was traffic, by the minutes that had some, in order. */
export function livedMs(order: readonly number[]): number {
  const gaps = order.slice(1).reduce((sum, window, index) => sum + Math.min(window - (order[index] ?? window), SILENCE_MS), 0)
  return order.length === 0 ? 0 : gaps + MINUTE_MS
}

/** What a soak takes at the least: all of it, or a peak from its begin to its end. */
export function leastSoak({ soakMs, peak }: Pick<Gates, 'soakMs' | 'peak'>): number {
  if (peak === undefined) return soakMs
  const [from, to] = [minuteOf(peak.from), minuteOf(peak.to)]
  // A peak may last past midnight.
  return Math.min(soakMs, (from <= to ? to - from : to - from + DAY_MINUTES) * MINUTE_MS)
}

const DAY_MINUTES = 1_440

/** Of the day, of `HH:MM`. */
function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** Traffic before a peak, in it, and after it. */
function hasLivedThrough(order: readonly number[], { from, to, zone }: Peak): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const isPeak = order.map((window) => {
    const time = clock.format(window)
    // A peak may last past midnight.
    return from <= to ? from <= time && time < to : from <= time || time < to
  })
  const start = isPeak.indexOf(false)
  const within = start === -1 ? -1 : isPeak.indexOf(true, start)
  return within !== -1 && isPeak.indexOf(false, within) !== -1
}

function describePeak({ from, to, zone }: Peak): string {
  return `${from}–${to} ${zone}`
}
