import { expect, test } from 'vitest'
import { createHanding, type HandingSettings } from '../../src/app/handing.ts'
import type { Served } from '../../src/core/exchange/inbound.ts'
import { createLedger, Ledger } from '../../src/handover/ledger.ts'
import type { Ending } from '../../src/core/evidence/ending.ts'
import type { Following } from '../../src/lines/request.ts'
import { createTracing } from '../../src/telemetry/trace-context.ts'
import { ROUTED } from '../support/routed.ts'

const SERVED: Served = {
  primary: { origin: 'legacy', role: 'primary', startedAt: 0, duration: 0, outcome: 'failed', failure: 'reset' },
  kept: true,
}
const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

type Host = HandingSettings['host']

/** How one request ends, and how many records were written and cells owed. */
function endOf(host: Partial<Host>, { decision = ROUTED.decision, otel = {}, isStrained = false } = {}) {
  let [written, owed, untraced] = [0, 0, 0]
  const whole: Host = {
    obstacle: () => undefined,
    refusal: 'ring',
    takesTraces: true,
    restarts: 0,
    ledger: new Ledger(createLedger()),
    ...host,
    write: (record) => {
      written += 1
      return host.write?.(record) ?? true
    },
    owe: () => void (owed += 1),
  }
  const handOver = createHanding({
    host: whole,
    isStrained: () => isStrained,
    tracing: createTracing(otel),
    onUntraced: (spans) => void (untraced += spans),
    controlSample: 0,
    chance: () => 1,
    markOf: () => 0,
    cellsOf: () => [{ operation: 'query:A#1', region: 'eu', stage: 'shadow', window: 0 }],
  })
  const ended = handOver({ ...ROUTED, decision }).end(SERVED)
  return { ended, written, owed, untraced }
}

/** Room for so many records. */
function roomFor(records: number): Host['write'] {
  let left = records
  return () => {
    left -= 1
    return left >= 0
  }
}

const OFF = { stage: 'off', primary: 'legacy', unmirrored: 'denied' } as const

test.each<[string, Partial<Host>, Parameters<typeof endOf>[1], Ending | Following, number]>([
  ['one that the shadow thread hears of whole is followed', {}, {}, 'following', 2],
  ['one that finds the shadow full is not copied', { obstacle: () => 'legacy-slow' }, {}, 'shed:legacy-slow', 0],
  ['one that finds half of the ring full is not either', { obstacle: () => 'ring' }, {}, 'shed:ring', 0],
  ['one that finds no thread is not either', { obstacle: () => 'thread' }, {}, 'shed:thread', 0],
  ['one of a strained edge is not either, whatever else is full', { obstacle: () => 'ring' }, { isStrained: true }, 'shed:strain', 0],
  ['one whose beginning finds no room', { write: roomFor(0) }, {}, 'shed:ring', 1],
  ['one whose beginning finds no thread any more', { write: roomFor(0), refusal: 'thread' }, {}, 'shed:thread', 1],
  ['one whose end finds no room', { write: roomFor(1) }, {}, 'shed:ring', 2],
  ['one that nobody is to follow says why', {}, { decision: OFF }, 'denied', 0],
  ['and is told for its trace', {}, { decision: OFF, otel: TRACED }, 'denied', 2],
  ['a shed one is told for its trace', { obstacle: () => 'in-flight' }, { otel: TRACED }, 'shed:in-flight', 2],
  ['one whose trace nobody wants is not told', {}, { decision: OFF, otel: { ...TRACED, OTEL_TRACES_SAMPLER: 'always_off' } }, 'denied', 0],
  ['and followed all the same where it is mirrored', {}, { otel: { ...TRACED, OTEL_TRACES_SAMPLER: 'always_off' } }, 'following', 2],
])('%s', (_name, host, circumstances, ended, records) => {
  expect(endOf(host, circumstances)).toEqual({ ended, written: records, owed: ended === 'following' ? 1 : 0, untraced: 0 })
})

test.each<[string, Partial<Host>, Parameters<typeof endOf>[1], Ending | Following, number]>([
  ['where nothing takes spans', { takesTraces: false }, { decision: OFF }, 'denied', 0],
  ['where the beginning finds no room', { write: roomFor(0) }, { decision: OFF }, 'denied', 1],
  ['where the end finds none', { write: roomFor(1) }, { decision: OFF }, 'denied', 2],
  ['of a mirrored one where the beginning finds none', { write: roomFor(0) }, {}, 'shed:ring', 1],
  ['of a mirrored one where the end finds none', { write: roomFor(1) }, {}, 'shed:ring', 2],
])('spans of a trace that is not made are counted: %s', (_name, host, circumstances, ended, records) => {
  expect(endOf(host, { ...circumstances, otel: TRACED })).toEqual({ ended, written: records, owed: 0, untraced: 2 })
})

test('one that is mirrored is followed though nothing takes spans: the shadow thread counts those', () => {
  expect(endOf({ takesTraces: false }, { otel: TRACED })).toEqual({ ended: 'following', written: 2, owed: 1, untraced: 0 })
})
