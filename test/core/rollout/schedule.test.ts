import { expect, test } from 'vitest'
import { describeSchedule, isOpen, type Schedule } from '../../../src/core/rollout/schedule.ts'

const HOURS: Schedule = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', zone: 'Europe/Berlin' }

test.each<[string, string, Schedule, boolean]>([
  ['the first minute is in', '2026-11-26T08:00:00Z', HOURS, true],
  ['the last minute is out', '2026-11-26T16:00:00Z', HOURS, false],
  ['the minute before the last is in', '2026-11-26T15:59:59Z', HOURS, true],
  ['the night is out', '2026-11-26T23:30:00Z', HOURS, false],
  ['a Saturday is out', '2026-11-28T10:00:00Z', HOURS, false],
  ['summer time counts', '2026-07-01T07:00:00Z', HOURS, true],
  ['the day is that of the zone', '2026-11-27T22:30:00Z', { ...HOURS, zone: 'Asia/Tokyo', from: '07:00' }, false],
  ['midnight is 00:00', '2026-11-26T23:00:00Z', { ...HOURS, from: '00:00', to: '01:00' }, true],
])('%s', (_name, at, schedule, open) => {
  expect(isOpen(schedule, Date.parse(at))).toBe(open)
})

test('hours in words', () => {
  expect(describeSchedule(HOURS)).toBe('mon–fri 09:00–17:00 Europe/Berlin')
  expect(describeSchedule({ ...HOURS, days: ['mon', 'wed'] })).toBe('mon, wed 09:00–17:00 Europe/Berlin')
})
