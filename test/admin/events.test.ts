import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { createEvents, type EventPace } from '../../src/admin/events.ts'
import { serveAdmin } from '../../src/admin/server.ts'
import { until } from '../support/sockets.ts'
import { createPlane } from './plane.ts'

const HOUR_MS = 3_600_000

async function startEvents(pace: EventPace) {
  const plane = createPlane()
  const { port, close } = await serveAdmin({ app: new Hono().get('/events', createEvents(plane, pace)), host: '127.0.0.1', port: 0 })
  onTestFinished(close)
  const listen = async () => {
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const response = await fetch(`http://127.0.0.1:${port}/events`, { signal: stop.signal })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    /** Reads on until `count` events have come since the start. */
    const events = async (count: number): Promise<readonly string[]> => {
      while (heard.split('\n\n').length <= count) heard += (await reader?.read())?.value ?? ''
      return [...heard.matchAll(/^event: (\w+)$/gm)].map(([, name = '']) => name)
    }
    return { status: response.status, type: response.headers.get('content-type'), events, stop: () => stop.abort() }
  }
  return { plane, listen }
}

test('a new listener is told to load, and again at every change', async () => {
  const { plane, listen } = await startEvents({ maxListeners: 5, intervalMs: 1, heartbeatMs: HOUR_MS })
  const listener = await listen()
  expect(listener.type).toBe('text/event-stream')
  expect(await listener.events(1)).toEqual(['change'])
  plane.change()
  expect(await listener.events(2)).toEqual(['change', 'change'])
})

test('changes in quick succession are one event', async () => {
  const { plane, listen } = await startEvents({ maxListeners: 5, intervalMs: 50, heartbeatMs: 50 })
  const listener = await listen()
  await listener.events(1)
  for (let change = 0; change < 1_000; change += 1) plane.change()
  const heard = await listener.events(3)
  expect(heard.slice(1)).toEqual(['change', 'still'])
})

test('however often something changes, events keep their distance', async () => {
  const { plane, listen } = await startEvents({ maxListeners: 5, intervalMs: 100, heartbeatMs: HOUR_MS })
  const changing = setInterval(() => plane.change(), 1)
  onTestFinished(() => clearInterval(changing))
  const start = performance.now()
  const heard = await (await listen()).events(3)
  // Two intervals at least; a timer may be a little early, and a slow machine only makes it longer.
  expect(performance.now() - start).toBeGreaterThan(190)
  expect(new Set(heard)).toEqual(new Set(['change']))
})

test('a line without news says that it is up', async () => {
  const { listen } = await startEvents({ maxListeners: 5, intervalMs: 1, heartbeatMs: 5 })
  const listener = await listen()
  expect((await listener.events(3)).slice(1)).toEqual(['still', 'still'])
})

test('the number of listeners is bounded, and one that leaves makes room', async () => {
  const { plane, listen } = await startEvents({ maxListeners: 2, intervalMs: 1, heartbeatMs: HOUR_MS })
  const first = await listen()
  expect((await listen()).status).toBe(200)
  expect((await listen()).status).toBe(503)
  first.stop()
  await until(() => plane.listeners.size === 1)
  expect((await listen()).status).toBe(200)
})
