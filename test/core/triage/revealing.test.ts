import { describe, expect, test } from 'vitest'
import { isAbout, isOpen, mayStay, type Reveal } from '../../../src/core/comparison/reveal.ts'
import { beginReveal, endReveal, forgetReveal, revealEntry, withheldBy } from '../../../src/core/triage/revealing.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const asked = { coordinates: ['Country.name'], minutes: 30, who: 'ada', why: 'looking into it' }
const reveal = beginReveal(asked, 'r1', 0)
const end = { who: 'bob', why: 'seen enough', forget: false }

describe('a reveal', () => {
  test.each([
    [-1, false],
    [0, true],
    [30 * MINUTE - 1, true],
    [30 * MINUTE, false],
  ])('at %i ms is open: %s', (at, expected) => {
    expect(isOpen(reveal, at)).toBe(expected)
  })

  test('ends early, and no later moment counts', () => {
    const ended = endReveal(reveal, end, 5 * MINUTE)
    expect([isOpen(ended, 4 * MINUTE), isOpen(ended, 5 * MINUTE)]).toEqual([true, false])
    expect(ended).toMatchObject({ version: 2, ended: { who: 'bob', at: 5 * MINUTE }, forgetAt: 5 * MINUTE + DAY })
  })

  test('that is over stays as it ended, and what was kept can go at once', () => {
    const late = endReveal(reveal, { ...end, forget: true }, 40 * MINUTE)
    expect(late.ended).toBeUndefined()
    expect(late.forgetAt).toBe(40 * MINUTE)
  })

  test('never keeps longer because it is ended twice', () => {
    const once = endReveal(reveal, { ...end, forget: true }, 5 * MINUTE)
    expect(endReveal(once, end, 10 * MINUTE).forgetAt).toBe(5 * MINUTE)
  })

  test.each<[string, Partial<Reveal>, boolean]>([
    ['everything', {}, true],
    ['its region', { region: 'eu' }, true],
    ['another region', { region: 'us' }, false],
    ['its operation', { operation: 'query:GetCountry' }, true],
    ['a pattern', { operation: 'query:Get*' }, true],
    ['another operation', { operation: 'query:List*' }, false],
  ])('of %s is about a request in it', (_name, scope, expected) => {
    expect(isAbout({ ...reveal, ...scope }, { operation: 'query:GetCountry#1', region: 'eu', at: MINUTE })).toBe(expected)
  })

  test('says what a wildcard names and does not let through', () => {
    const fieldsOf = (type: string): string[] => (type === 'User' ? ['id', 'email', 'phoneNumber', 'name'] : [])
    expect(withheldBy({ coordinates: ['User.*', 'User.email'] }, fieldsOf)).toEqual(['User.phoneNumber'])
  })
})

describe('an example under a reveal', () => {
  const shown = (at: number, now: number, known: readonly Reveal[], by = ['r1']): boolean => mayStay({ by, since: 0 }, { at, now }, known)

  test('stays until a day after the reveal is over', () => {
    expect([30 * MINUTE + DAY - 1, 30 * MINUTE + DAY].map((now) => shown(1, now, [reveal]))).toEqual([true, false])
  })

  test('that was made after an early end, or under what nobody knows, never comes in', () => {
    const ended = endReveal(reveal, end, 5 * MINUTE)
    expect([shown(4 * MINUTE, 6 * MINUTE, [ended]), shown(6 * MINUTE, 6 * MINUTE, [ended])]).toEqual([true, false])
    expect(shown(1, 1, [])).toBe(false)
    expect(shown(1, 1, [reveal], ['r1', 'gone'])).toBe(false)
  })
})

test('every change of a reveal is on record in words', () => {
  const ended = endReveal(reveal, { ...end, forget: true }, 5 * MINUTE)
  const words = [
    revealEntry(undefined, reveal, asked, 0),
    revealEntry(reveal, ended, end, 5 * MINUTE),
    revealEntry(ended, forgetReveal(ended, 6 * MINUTE), { who: 'controller', why: 'its time is over' }, 6 * MINUTE),
  ].map(({ who, target, from, to }) => `${who}: ${target}: ${from} → ${to}`)
  expect(words).toEqual([
    'ada: values of Country.name: not kept → kept until 1970-01-01T00:30Z',
    'bob: values of Country.name: kept until 1970-01-01T00:30Z → removed',
    'controller: values of Country.name: removed → removed',
  ])
})
