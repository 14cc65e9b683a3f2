import type { GroupIdentity } from '../comparison/group.ts'

/** What a person has decided about a group. `not-verifiable`: legacy disagrees with itself there so often that nobody can tell. */
type TriageState = 'open' | 'accepted' | 'fixed' | 'not-verifiable'

/** A decision about a group, and who made it. */
export interface Triage {
  readonly group: string
  /** Grows by one with every change; a change names the version that it is about. */
  readonly version: number
  readonly state: TriageState
  readonly who: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly why: string
  /** Who answers for an accepted difference, and the last day on which it is accepted (`YYYY-MM-DD`, UTC). */
  readonly owner?: string
  readonly expires?: string
  /** Of a fixed group: the build of the candidate that holds the fix, and the builds that were known when it was said to be fixed. */
  readonly build?: string
  readonly builds?: readonly string[]
  /** What the group is: it may be forgotten before the decision is. */
  readonly identity: GroupIdentity
}
