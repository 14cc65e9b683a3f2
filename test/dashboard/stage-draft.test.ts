import { expect, test } from 'vitest'
import { draftOfRegion, draftOfStage, EVERYWHERE, requestOf } from '../../src/dashboard/parts/stage-draft.ts'

const quarter = { stage: 'live', percent: 25, rest: 'shadow' } as const
const shadow = { stage: 'shadow', percent: 100, rest: 'shadow' } as const
const live = { stage: 'live', percent: 100, rest: 'live' } as const

test.for([
  ['a region starts from where it stands', draftOfRegion('eu', quarter), { region: 'eu', stage: 'live', percent: '25', rest: 'shadow' }],
  [
    'a region without traffic starts at shadow',
    draftOfRegion('eu', undefined),
    { region: 'eu', stage: 'shadow', percent: '100', rest: 'shadow' },
  ],
  ['the first step to live is a small one', draftOfStage('live', shadow), { stage: 'live', percent: '5', rest: 'shadow' }],
  ['who is live already stays so', draftOfStage('live', quarter), { stage: 'live', percent: '25', rest: 'shadow' }],
  ['complete is for everybody', draftOfStage('complete', live), { stage: 'complete', percent: '100', rest: 'live' }],
  ['back to shadow is for everybody', draftOfStage('shadow', live), { stage: 'shadow', percent: '100', rest: 'live' }],
] as const)('%s', ([, draft, expected]) => {
  expect(draft).toEqual(expected)
})

const draft = { region: 'eu', stage: 'live', percent: '12.5', rest: 'shadow', who: 'ada', why: 'because' } as const

test('a request names the others only where there are some, and a region only where one is meant', () => {
  expect(requestOf('query:A#1', draft)).toEqual({
    operation: 'query:A#1',
    region: 'eu',
    stage: 'live',
    percent: 12.5,
    rest: 'shadow',
    who: 'ada',
    why: 'because',
  })
  expect(requestOf('query:A#1', { ...draft, percent: '100', region: EVERYWHERE })).toEqual({
    operation: 'query:A#1',
    stage: 'live',
    percent: 100,
    who: 'ada',
    why: 'because',
  })
})
