import { expect, test } from 'vitest'
import type { Situation, Transition } from '../../../src/core/rollout/advance.ts'
import { describeNotice, noticeOf, type Waiting } from '../../../src/core/rollout/notice.ts'

const SITUATION = {
  plan: { name: 'reads', steps: [{ name: 'mirror' }, { name: 'some' }] },
  unit: { name: 'query:A#1', operations: ['query:A#1'] },
  position: { version: 3 },
} as unknown as Situation // only what a notice looks at

const decided = (kind: Transition['kind'], cause: Transition['cause']): Transition => ({
  kind,
  cause,
  step: 1,
  regions: ['eu'],
  reason: 'why',
})

test.each<[string, Transition, Waiting | undefined, string | undefined]>([
  ['a step that is entered', decided('enter', 'passed'), undefined, 'reads: query:A#1 enters some: why'],
  ['going back', decided('back', 'failed'), undefined, 'reads: query:A#1 goes back from some in eu: why'],
  ['the end', decided('finish', 'last-step'), undefined, 'reads: query:A#1 is done: why'],
  ['a person who is needed', decided('ask', 'approval'), undefined, 'reads: query:A#1 needs a person at some: why'],
  ['a person who is needed, said before', decided('ask', 'approval'), decided('ask', 'approval'), undefined],
  [
    'a person who is needed for another reason',
    decided('ask', 'drift'),
    decided('ask', 'approval'),
    'reads: query:A#1 needs a person at some: why',
  ],
  ['gates that do not pass', decided('hold', 'gates'), decided('hold', 'bake'), 'reads: query:A#1 waits at some: why'],
  ['gates that do not pass, said before', decided('hold', 'gates'), decided('hold', 'gates'), undefined],
  ['silence', decided('hold', 'silence'), undefined, 'reads: query:A#1 waits at some: why'],
  ['what time ends by itself', decided('hold', 'bake'), undefined, undefined],
  ['what a person wanted', decided('hold', 'frozen'), undefined, undefined],
])('%s', (_name, transition, before, said) => {
  const notice = noticeOf(SITUATION, transition, before)
  expect(notice === undefined ? undefined : describeNotice(notice)).toBe(said)
})

test('the same event has the same id at every replica, and another one another', () => {
  const id = (cause: Transition['cause']): string | undefined => noticeOf(SITUATION, decided('ask', cause), undefined)?.id
  expect(id('approval')).toBe('reads/query:A#1/3/ask/approval')
  expect(id('drift')).not.toBe(id('approval'))
})
