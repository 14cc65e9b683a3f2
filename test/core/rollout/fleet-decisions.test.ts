import { expect, test } from 'vitest'
import type { Decided } from '../../../src/core/rollout/decide-units.ts'
import { acrossFleet } from '../../../src/core/rollout/fleet-decisions.ts'

/** A unit at the first step of a plan, with so much evidence, or one that has left it. */
function unit(logE: number | undefined, over: { readonly step?: number; readonly cause?: string; readonly gates?: object } = {}): Decided {
  const { step = 0, cause = 'passed', gates = {} } = over
  const plan = { name: 'reads', steps: [{ gates }, { gates }] }
  const verdicts = [{ region: 'eu', verdict: 'pass', reason: 'it is good', ...(logE === undefined ? {} : { logE }) }]
  const transition = { kind: 'enter', step: step + 1, regions: ['eu'], cause, reason: 'it is good' }
  return { situation: { plan, position: { step, status: 'moving' }, verdicts }, transition } as unknown as Decided // only what is looked at
}

const goes = (all: readonly Decided[]): boolean[] => acrossFleet(all).map(({ transition }) => transition.kind === 'enter')

test('one unit needs what its gates ask', () => {
  expect(goes([unit(Math.log(100))])).toEqual([true])
})

test('of many, each needs more, and less the more of them are as good', () => {
  const many = (logE: number) => Array.from({ length: 100 }, () => unit(logE))
  const lone = [unit(Math.log(1_000)), ...many(0)]
  expect(goes(lone)[0]).toBe(false)
  expect(goes([unit(Math.log(2_021)), ...many(0)])[0]).toBe(true)
  expect(goes(many(Math.log(100))).every(Boolean)).toBe(true)
})

test('who left the step before counts as promoted', () => {
  const gone = Array.from({ length: 99 }, () => unit(0, { step: 1, cause: 'person' }))
  expect(goes([unit(Math.log(21)), ...gone])[0]).toBe(true)
})

test('who is done or was taken back later stays counted, among all and as promoted', () => {
  const ended = (status: string): Decided => {
    const { situation, transition } = unit(0, { step: 1, cause: status === 'done' ? 'done' : 'taken-back' })
    const position = { ...situation.position, status }
    return { situation: { ...situation, position }, transition: { ...transition, kind: 'hold' } } as unknown as Decided // as above
  }
  const all = [...Array.from({ length: 30 }, () => ended('done')), ...Array.from({ length: 20 }, () => ended('back'))]
  const waiting = Array.from({ length: 49 }, () => unit(0))
  // A hundred cells, fifty of them promoted: 100 / (0.05 · 51) is 39.2.
  expect(goes([unit(Math.log(39)), ...all, ...waiting])[0]).toBe(false)
  expect(goes([unit(Math.log(40)), ...all, ...waiting])[0]).toBe(true)
  // Without them it would be 50 / 0.05: what has been promoted makes room, and is no reason to forget it.
  expect(goes([unit(Math.log(40)), ...waiting])[0]).toBe(false)
})

test('who was taken back from the step itself is promoted in those before it alone', () => {
  const { situation, transition } = unit(0, { step: 0, cause: 'taken-back' })
  const back = {
    situation: { ...situation, position: { ...situation.position, status: 'back' } },
    transition: { ...transition, kind: 'hold' },
  } as unknown as Decided // as above
  // Two cells, none promoted: 2 / 0.05.
  expect(goes([unit(Math.log(39)), back])[0]).toBe(false)
  expect(goes([unit(Math.log(41)), back])[0]).toBe(true)
})

test('who waits is told why', () => {
  const [first] = acrossFleet([unit(Math.log(30)), unit(0), unit(0)])
  expect(first?.transition).toEqual({
    kind: 'hold',
    step: 0,
    regions: [],
    cause: 'gates',
    reason: 'it is good; more evidence is needed among so many units',
  })
})

test('people and steps without gates are not held up', () => {
  const alone = (one: Decided): boolean[] => goes([one, ...Array.from({ length: 50 }, () => unit(0))]).slice(0, 1)
  expect(alone(unit(0, { cause: 'person' }))).toEqual([true])
  const { situation, transition } = unit(0)
  const withoutGates = { situation: { ...situation, plan: { name: 'reads', steps: [{}, {}] } }, transition } as unknown as Decided
  expect(alone(withoutGates)).toEqual([true])
})
