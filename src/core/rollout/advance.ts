import type { Stage } from '../routing/stage.ts'
import type { Verdict } from './judge.ts'

/** What would be done about a cell. */
export interface Transition {
  readonly kind: 'hold' | 'advance' | 'rollback'
  readonly from: Stage
  readonly to: Stage
  readonly reason: string
}

/** Where a stage leads when its gates pass, and where it falls back to when they fail. Stages that compare nothing stay where they are. */
const NEXT: Readonly<Record<Stage, { readonly pass: Stage; readonly fail: Stage }>> = {
  off: { pass: 'off', fail: 'off' },
  dualwrite: { pass: 'dualwrite', fail: 'dualwrite' },
  shadow: { pass: 'live', fail: 'shadow' },
  live: { pass: 'complete', fail: 'shadow' },
  rampdown: { pass: 'rampdown', fail: 'rampdown' },
  complete: { pass: 'complete', fail: 'complete' },
}

/** What a verdict means for a cell at a stage. Too little evidence moves nothing. */
export function advance(from: Stage, { verdict, reason }: Verdict): Transition {
  const to = verdict === 'inconclusive' ? from : NEXT[from][verdict]
  const kind = to === from ? 'hold' : verdict === 'pass' ? 'advance' : 'rollback'
  return { kind, from, to, reason }
}
