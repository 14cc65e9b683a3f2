import type { Want } from '../routing/remote-change.ts'
import type { Stage } from '../routing/stage.ts'
import type { Notice } from './notice.ts'
import type { Position } from './position.ts'

/**
 * A step that is under way where flags are not in our store: written down before LaunchDarkly is asked, and taken out when it is known to be so. Whoever finds one that
 * nobody is at goes on with it, so a crash anywhere neither loses nor doubles a step.
 */
export interface Intent {
  readonly kind: 'enter' | 'back'
  /** Where the unit is then. */
  readonly after: Omit<Position, 'intent'>
  readonly wants: readonly Want[]
  readonly who: string
  readonly reason: string
  /** Where it comes from and goes to, in words. */
  readonly from: string
  readonly to: string
  /** When it was decided, in milliseconds since the epoch. */
  readonly begun: number
  /** The version of the plan's state in which alone it goes forward; absent: a person asked for it. */
  readonly onlyIn?: number
  /** What is told when it is done. */
  readonly telling?: { readonly notice: Notice; readonly at: number; readonly receivers: readonly string[] }
  /** Until then the replica `by` is at it, or, with nobody, it is let rest. */
  readonly until: number
  readonly by?: string
  /** Why it is not so yet, and whether a person is needed; `trouble` tells one hindrance from the next, whatever its words. */
  readonly waits?: { readonly asks: boolean; readonly reason: string; readonly trouble?: string }
}

/** What serves an operation in a region at the most, on every edge, while LaunchDarkly does not take a step back. */
export interface Ceiling {
  readonly operation: string
  readonly region: string
  readonly stage: Stage
}

/** The furthest stage that steps back on their way leave. A share cannot be held without the flag, so nobody gets it. */
export function ceilingsOf(positions: readonly Position[]): readonly Ceiling[] {
  return positions.flatMap(({ intent }) =>
    intent?.kind !== 'back'
      ? []
      : intent.wants.flatMap(({ operations, to }) =>
          to.flatMap(({ region, stage, percent, rest }) =>
            operations.map((operation) => ({ operation, region, stage: percent < 100 ? rest : stage })),
          ),
        ),
  )
}
