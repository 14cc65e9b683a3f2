import pino from 'pino'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createHanding } from '../../src/app/handing.ts'
import { Straining } from '../../src/app/straining.ts'
import type { Load } from '../../src/core/exchange/strain.ts'
import { createLedger, Ledger } from '../../src/handover/ledger.ts'
import { createTracing } from '../../src/telemetry/trace-context.ts'
import { ROUTED } from '../support/routed.ts'

const CALM: Load = { utilization: 0.4, lag: 0 }
const BUSY: Load = { utilization: 1, lag: 0.05 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a strained edge hands nothing over, and does again when it was calm for a while', () => {
  let load = CALM
  const straining = new Straining(pino({ level: 'silent' }), () => load)
  onTestFinished(() => straining.close())
  let written = 0
  const write = (): boolean => {
    written += 1
    return true
  }
  const handOver = createHanding({
    host: {
      obstacle: () => undefined,
      refusal: 'ring',
      takesTraces: true,
      write,
      owe: () => undefined,
      restarts: 0,
      ledger: new Ledger(createLedger()),
    },
    isStrained: () => straining.strained,
    tracing: createTracing({}),
    onUntraced: () => {},
    controlSample: 0,
    chance: () => 1,
    markOf: () => 0,
    cellsOf: () => [],
  })
  const isMirrored = (): boolean => {
    const before = written
    handOver(ROUTED)
    return written > before
  }
  const seen = [isMirrored()]
  load = BUSY
  vi.advanceTimersByTime(1_000)
  seen.push(isMirrored())
  load = CALM
  vi.advanceTimersByTime(1_000)
  seen.push(isMirrored())
  vi.advanceTimersByTime(2_000)
  seen.push(isMirrored())
  expect(seen).toEqual([true, false, false, true])
})

test('an edge that is overwhelmed is so only after it mirrors nothing, and no longer than that', () => {
  let load: Load = { utilization: 1, lag: 0.3 }
  const straining = new Straining(pino({ level: 'silent' }), () => load)
  onTestFinished(() => straining.close())
  const seen = (ms: number): readonly boolean[] => {
    vi.advanceTimersByTime(ms)
    return [straining.strained, straining.overwhelmed]
  }
  expect([seen(250), seen(250), seen(500)]).toEqual([
    [false, false],
    [true, false],
    [true, true],
  ])
  load = BUSY
  expect(seen(2_000)).toEqual([true, true])
  load = CALM
  expect(seen(2_000)).toEqual([false, false])
})
