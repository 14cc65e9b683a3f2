export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** Hours in which people are there to look. */
export interface Schedule {
  readonly days: readonly Weekday[]
  /** `HH:MM` in `zone`; `from` is in, `to` is out. */
  readonly from: string
  readonly to: string
  /** Name of a time zone, for example `Europe/Berlin`. */
  readonly zone: string
}

/** Whether a moment, in milliseconds since the epoch, lies within the hours. The zone's own summer time counts. */
export function isOpen({ days, from, to, zone }: Schedule, now: number): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const parts: Partial<Record<string, string>> = Object.fromEntries(clock.formatToParts(now).map(({ type, value }) => [type, value]))
  const time = `${parts['hour']}:${parts['minute']}`
  return days.some((day) => day === parts['weekday']?.toLowerCase()) && from <= time && time < to
}

/** In words: `mon–fri 09:00–17:00 Europe/Berlin`. */
export function describeSchedule({ days, from, to, zone }: Schedule): string {
  const isRun = days.length > 2 && days.every((day, i) => WEEKDAYS.indexOf(day) === WEEKDAYS.indexOf(days[0] ?? 'mon') + i)
  return `${isRun ? `${days[0]}–${days.at(-1)}` : days.join(', ')} ${from}–${to} ${zone}`
}
