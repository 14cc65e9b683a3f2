import { expect, test } from 'vitest'
import { advance } from '../../../src/core/rollout/advance.ts'
import { STAGES } from '../../../src/core/routing/stage.ts'

test('a verdict moves only stages that compare, and only when it is one', () => {
  const table = STAGES.map((from) =>
    (['pass', 'inconclusive', 'fail'] as const).map((verdict) => {
      const { kind, to } = advance(from, { verdict, reason: '' })
      return kind === 'hold' ? kind : `${kind} ${to}`
    }),
  )
  expect(Object.fromEntries(STAGES.map((stage, index) => [stage, table[index]]))).toEqual({
    off: ['hold', 'hold', 'hold'],
    dualwrite: ['hold', 'hold', 'hold'],
    shadow: ['advance live', 'hold', 'hold'],
    live: ['advance complete', 'hold', 'rollback shadow'],
    rampdown: ['hold', 'hold', 'hold'],
    complete: ['hold', 'hold', 'hold'],
  })
})

test('a transition keeps the reason of its verdict', () => {
  expect(advance('live', { verdict: 'fail', reason: '9 of 10 differ' })).toEqual({
    kind: 'rollback',
    from: 'live',
    to: 'shadow',
    reason: '9 of 10 differ',
  })
})
