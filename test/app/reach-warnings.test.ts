import { expect, test } from 'vitest'
import { reachWarnings } from '../../src/app/reach-warnings.ts'
import { emergencyFlag } from '../../src/core/routing/emergency.ts'
import { setStage } from '../../src/core/routing/set-stage.ts'

const KEY = 'banyan.query.A'
const live = { operations: ['query:A#1'], percent: 100, rest: 'shadow', stage: 'complete' } as const
const flag = setStage(undefined, KEY, { ...live, region: 'eu' }, 'shadow')
const off = { operation: 'A', stage: 'off', percent: 100, who: 'ada', why: 'a test' } as const

test.each<[string, Parameters<typeof reachWarnings>, readonly string[]]>([
  [
    'a change of every region does not reach one with a line of its own',
    [[flag], KEY, off, ['eu', 'us']],
    ['eu stays at complete: it has a line of its own, and moves only when it is named'],
  ],
  ['one that stands there already is not left behind', [[flag], KEY, { ...off, stage: 'complete' }, ['eu', 'us']], []],
  ['a change of a region that is named reaches it', [[flag], KEY, { ...off, region: 'eu' }, ['eu', 'us']], []],
  ['a change of another version is not about that line', [[flag], KEY, { ...off, operation: 'query:A#2' }, ['eu', 'us']], []],
  ['a flag that is not there has no lines', [[], KEY, off, ['eu', 'us']], []],
  [
    'nothing that is set reaches anybody in an emergency',
    [[emergencyFlag(undefined, true)], KEY, off, ['eu']],
    ['everything goes to legacy until the emergency is released, whatever is set here'],
  ],
])('%s', (_name, args, warnings) => {
  expect(reachWarnings(...args)).toEqual(warnings)
})
