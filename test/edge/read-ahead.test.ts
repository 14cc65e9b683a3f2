import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ClientRequest } from '../../src/edge/client-request.ts'
import { ALL_BYTES, MOST_BYTES, ReadAhead, type Waiting } from '../../src/edge/read-ahead.ts'
import { Upload } from '../../src/edge/upload.ts'

const WAIT_MS = 5_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A body of which there is always more. */
function endless(): Waiting & { held: number; state: Waiting['state'] } {
  const body = { held: 0, state: 'waits' as Waiting['state'], readTo: (bytes: number) => void (body.held = Math.max(body.held, bytes)) }
  return body
}

test('one body is read on as time goes by, most of it soon, and never beyond its bound', () => {
  const ahead = new ReadAhead()
  const body = endless()
  ahead.add(body, WAIT_MS)
  vi.advanceTimersByTime(WAIT_MS / 100)
  expect(body.held).toBe(MOST_BYTES / 10)
  vi.advanceTimersByTime(WAIT_MS / 4)
  expect(body.held).toBeGreaterThan(MOST_BYTES / 2)
  vi.advanceTimersByTime(10 * WAIT_MS)
  expect(body.held).toBe(MOST_BYTES)
})

test('a hundred bodies share what may be held of all, and what one gives back goes to the others', () => {
  const ahead = new ReadAhead()
  const bodies = Array.from({ length: 100 }, endless)
  for (const body of bodies) ahead.add(body, WAIT_MS)
  const held = (): number => bodies.reduce((sum, body) => sum + (body.state === 'gone' ? 0 : body.held), 0)
  vi.advanceTimersByTime(2 * WAIT_MS)
  expect(held()).toBeLessThanOrEqual(ALL_BYTES)
  expect(held()).toBeGreaterThan(0.9 * ALL_BYTES)
  for (const body of bodies.slice(2)) body.state = 'gone'
  vi.advanceTimersByTime(WAIT_MS)
  expect(bodies.slice(0, 2).map((body) => body.held)).toEqual([MOST_BYTES, MOST_BYTES])
})

test('what a backend has begun to take counts until it has taken it, and nothing is read on for it', () => {
  const ahead = new ReadAhead()
  const [taken, other] = [endless(), endless()]
  ahead.add(taken, WAIT_MS)
  ahead.add(other, WAIT_MS)
  taken.held = ALL_BYTES
  taken.state = 'leaves'
  vi.advanceTimersByTime(WAIT_MS)
  expect([taken.held, other.held]).toEqual([ALL_BYTES, 0])
  taken.state = 'gone'
  vi.advanceTimersByTime(WAIT_MS)
  expect(other.held).toBe(MOST_BYTES)
})

test('where nobody waits any more, nobody is looked after', () => {
  const ahead = new ReadAhead()
  const body = endless()
  ahead.add(body, WAIT_MS)
  expect(vi.getTimerCount()).toBe(1)
  body.state = 'gone'
  vi.advanceTimersByTime(1_000)
  expect(vi.getTimerCount()).toBe(0)
})

test('a body that comes byte by byte costs what Node needs to hold it, and none is read that may not be', () => {
  const incoming = new PassThrough()
  const upload = new Upload(incoming as unknown as ClientRequest, {
    // as far as one is read
    onExcess: () => {},
    maxBytes: MOST_BYTES,
    readAhead: undefined,
  })
  upload.readTo(65_536 + 200 * 1_024)
  incoming.emit('data', Buffer.alloc(65_536))
  let pieces = 0
  for (; !incoming.isPaused(); pieces += 1) incoming.emit('data', Buffer.alloc(1))
  expect(pieces).toBe(200)
})
