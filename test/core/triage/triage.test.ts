import { describe, expect, test } from 'vitest'
import { facetsOf } from '../../../src/core/comparison/facet.ts'
import { OVERFLOW } from '../../../src/core/comparison/group.ts'
import { decide, problemOf, reopenedBy, stateOf, triageEntry, type TriageRequest } from '../../../src/core/triage/triage.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 26)
const identity = { ...OVERFLOW, id: 'g', coordinate: 'Country.capital' }

const request = (extra: Partial<TriageRequest>): TriageRequest => ({ state: 'open', who: 'ada', why: 'because', ...extra })
const accepted = request({ state: 'accepted', owner: 'web', expires: '2026-11-27' })
const decided = (extra: TriageRequest, builds: readonly string[] = []) => decide(identity, undefined, extra, { now: NOW, builds })

describe('a decision', () => {
  test.each<[string, TriageRequest, string | undefined]>([
    ['to accept until tomorrow', accepted, undefined],
    ['to accept until today', { ...accepted, expires: '2026-11-26' }, undefined],
    ['to accept until yesterday', { ...accepted, expires: '2026-11-25' }, '2026-11-25 is over'],
    ['to accept without an owner', request({ state: 'accepted', expires: '2026-11-27' }), 'an accepted difference needs an owner'],
    ['to accept for a blank owner', { ...accepted, owner: ' ' }, 'an accepted difference needs an owner'],
    ['to accept without a last day', request({ state: 'accepted', owner: 'web' }), 'an accepted difference needs a last day'],
    ['that it is fixed', request({ state: 'fixed' }), undefined],
    ['that nobody can tell', request({ state: 'not-verifiable' }), undefined],
  ])('%s is granted or refused with its reason', (_name, asked, message) => {
    expect(problemOf(asked, NOW)?.message).toBe(message)
  })

  test('counts its versions, and keeps only what belongs to its state', () => {
    const first = decided(accepted)
    expect(first).toMatchObject({ version: 1, owner: 'web', expires: '2026-11-27' })
    const second = decide(identity, first, { ...accepted, state: 'fixed', build: '2' }, { now: NOW, builds: ['1'] })
    expect(second).toMatchObject({ version: 2, state: 'fixed', build: '2', builds: ['1'] })
    expect(second).not.toHaveProperty('owner')
    expect(triageEntry(first, second)).toMatchObject({ target: 'group g', from: 'accepted', to: 'fixed: value at Country.capital' })
    expect(triageEntry(undefined, first).to).toBe('accepted: value at Country.capital until 2026-11-27, owned by web')
  })

  test('to accept ends with its last day', () => {
    expect(stateOf(decided(accepted), NOW + 2 * DAY - 1)).toBe('accepted')
    expect(stateOf(decided(accepted), NOW + 2 * DAY)).toBe('open')
    expect(stateOf(undefined, NOW)).toBe('open')
  })
})

describe('a group that was said to be fixed', () => {
  const fixed = decided(request({ state: 'fixed', build: '3' }), ['1', '2'])
  const seen = (at: number, build?: string) => ({ lastSeen: at, facets: facetsOf({ at, ...(build === undefined ? {} : { build }) }) })

  test.each<[string, ReturnType<typeof seen>, boolean]>([
    ['in the build with the fix', seen(NOW + 1, '3'), true],
    ['in a build that nobody knew', seen(NOW + 1, '4'), true],
    ['in a build from before', seen(NOW + 1, '2'), false],
    ['in no build that is known', seen(NOW + 1), false],
    ['before it was fixed', seen(NOW, '4'), false],
    ['among too many builds to tell', seen(NOW + 1, '~other'), false],
  ])('and is seen again %s is open: %s', (_name, sighting, isOpen) => {
    expect(reopenedBy(fixed, sighting) !== undefined).toBe(isOpen)
  })

  test('opens when it is seen at all, where the candidate never says its build', () => {
    expect(reopenedBy(decided(request({ state: 'fixed' })), seen(NOW + 1))).toContain('does not say its build')
  })

  test('and only such a group opens by itself', () => {
    expect(reopenedBy(decided(accepted), seen(NOW + 1, '9'))).toBeUndefined()
  })
})
