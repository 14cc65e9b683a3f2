import { expect, test } from 'vitest'
import { LONGEST_WRITE_MS, MAX_SESSIONS, RecentWrites, type Write } from '../../../src/core/evidence/recent-writes.ts'

const NEAR_MS = 2_000
const begun = (at: number, session = 'a'): Write => ({ session, at, isOver: false })
const over = (at: number, session = 'a'): Write => ({ session, at, isOver: true })

/** `startedAt` is that of a pair of session `a`. */
test.each<[string, readonly Write[], number, boolean]>([
  ['nobody wrote', [], 10_000, false],
  ['another session wrote', [begun(9_000, 'b'), over(9_100, 'b')], 9_200, false],
  ['a write ended just inside the time', [begun(1_000), over(8_000)], 10_000, true],
  ['a write ended just outside of it', [begun(1_000), over(7_999)], 10_000, false],
  ['a write began after the pair did, and is not over', [begun(10_001)], 10_000, true],
  ['a write that began long before is still under way', [begun(1_000)], 40_000, true],
  ['one of two writes is still under way', [begun(1_000), begun(1_100), over(1_200)], 40_000, true],
  ['both of two writes are over', [begun(1_000), begun(1_100), over(1_200), over(1_300)], 40_000, false],
  ['the end of a write was never told', [begun(0)], LONGEST_WRITE_MS + 1, false],
  ['an end came without its beginning', [over(9_000)], 10_000, true],
  ['a write after one whose end was never told is over', [begun(0), begun(100_000), over(100_001)], 110_000, false],
])('%s', (_name, writes, startedAt, expected) => {
  const recent = new RecentWrites(NEAR_MS)
  for (const write of writes) recent.note(write)
  expect(recent.isNear('a', startedAt)).toBe(expected)
})

test.each([
  [MAX_SESSIONS - 1, true],
  [MAX_SESSIONS, false],
])('after %i other sessions the first one is known: %s', (others, expected) => {
  const recent = new RecentWrites(NEAR_MS)
  recent.note(over(1_000, 'first'))
  for (let other = 0; other < others; other += 1) recent.note(over(1_000, `other ${other}`))
  expect(recent.isNear('first', 1_500)).toBe(expected)
  expect(recent.isNear(`other ${others - 1}`, 1_500)).toBe(true)
})

test('a session that writes again is not the oldest', () => {
  const recent = new RecentWrites(NEAR_MS)
  for (const session of ['first', 'second', 'first']) recent.note(over(1_000, session))
  for (let other = 0; other < MAX_SESSIONS - 1; other += 1) recent.note(over(1_000, `other ${other}`))
  expect(recent.isNear('first', 1_500)).toBe(true)
  expect(recent.isNear('second', 1_500)).toBe(false)
})
