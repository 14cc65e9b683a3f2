import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Segment } from '../../src/core/routing/segment.ts'
import { changesOf, draftOf, segmentOf, type SegmentDraft } from '../../src/dashboard/parts/segment-draft.ts'
import { SEGMENTS } from '../admin/rows.ts'

const [staff] = SEGMENTS
const draft = (part: Partial<SegmentDraft>): SegmentDraft => ({ ...draftOf(staff), ...part })
const user = (included: string, excluded = '') => [{ kind: 'user', included, excluded }]

test('a segment that is opened and not touched is the same segment', () => {
  for (const segment of SEGMENTS) expect(segmentOf(draftOf(segment), segment)).toEqual({ segment })
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}$/), { maxLength: 6 })
  fc.assert(
    fc.property(keys, keys, keys, (all, regions, names) => {
      const half = Math.ceil(all.length / 2)
      const segment: Segment = {
        key: 'any',
        version: 7,
        included: all.slice(0, half),
        excluded: all.slice(half),
        ...(regions.length === 0 ? {} : { excludedContexts: [{ contextKind: 'region', values: regions }] }),
        rules: names.map((name) => ({ clauses: [{ contextKind: 'user', attribute: 'key', op: 'in', values: [name] }] })),
      }
      expect(segmentOf(draftOf(segment), segment)).toEqual({ segment })
      expect(changesOf(segment, segment)).toEqual([])
    }),
  )
})

test.for([
  [
    'a key is a line, once, without white space around it',
    draft({ kinds: user(' ada\n\nada \nbob') }),
    { included: ['ada', 'bob'], salt: 'kept' },
  ],
  [
    'a kind of its own is for others than users',
    draft({ kinds: [...user('ada'), { kind: 'client', included: 'ios', excluded: '' }] }),
    {
      includedContexts: [{ contextKind: 'client', values: ['ios'] }],
    },
  ],
  ['rules may be emptied', draft({ rules: ' ' }), { rules: [] }],
] as const)('%s', ([, given, expected]) => {
  expect(segmentOf(given, staff)).toMatchObject({ segment: expected })
})

test.for([
  ['who is in and out at once', draft({ kinds: user('ada\nbob', 'bob') }), 'user bob: in and out at once'],
  ['rules that are no JSON', draft({ rules: '[{' }), 'rules: '],
  ['rules that are no list', draft({ rules: '{}' }), 'rules: write a list, [ … ]'],
  ['no key', draft({ key: '' }), 'the key is missing'],
  ['a key that is a path', draft({ key: '../x' }), 'the key takes letters'],
] as const)('%s is told', ([, given, problem]) => {
  expect(segmentOf(given, staff)).toMatchObject({ problem: expect.stringContaining(problem) })
})

test('what is different is a line each, and no endless list', () => {
  const after: Segment = { key: 'staff', version: 3, included: ['grace', 'zoe'], excluded: ['ada'] }
  expect(changesOf(staff, after)).toEqual([
    'user zoe: in',
    'user ada: no longer in',
    'user ada: out',
    'region staging: no longer in',
    'rules: 1 → 0',
  ])
  const many = { ...after, included: Array.from({ length: 50 }, (_, i) => `u${i}`) }
  expect(changesOf(undefined, many)).toHaveLength(22)
})
