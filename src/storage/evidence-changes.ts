import type { PackedCell } from '../core/evidence/packed-evidence.ts'
import type { Source } from '../core/evidence/settled.ts'

/** What a reader of evidence knows already, and what it wants to know whole. */
export interface EvidenceSince {
  /** What it counts. Of all others it gets nothing, so that what a look takes and keeps follows what is under way and not all traffic. */
  readonly operations: readonly string[]
  /** The newest fold that it has read; absent: none. */
  readonly fold?: number
  /** Ids of the counts that it knows and that were not folded when it read last. */
  readonly known: readonly number[]
  /** What it wants every row of, from a window on. */
  readonly load: readonly { readonly operations: readonly string[]; readonly from: number }[]
}

/** Counts that wait to be folded. */
export interface WaitingCell extends PackedCell {
  readonly id: number
}

/** A row of counts as they are now, all that were folded into it added up. */
export interface FoldedCell extends PackedCell {
  /** Names the row, until it becomes part of one that stands for more windows. */
  readonly row: string
  /** The first fold that added to it. */
  readonly since: number
}

/** What is new, as of one moment. Counts are either waiting or folded, never both. */
export interface EvidenceChanges {
  /** Ids of everything that waits, of what the reader counts. */
  readonly waiting: readonly number[]
  /** Of these, those that the reader did not know. */
  readonly fresh: readonly WaitingCell[]
  /** Rows that changed since the reader's fold; none where it had read none. */
  readonly folded: readonly FoldedCell[]
  readonly loaded: readonly FoldedCell[]
  /** The newest fold. */
  readonly fold: number
  /** Edges that did not hand in everything and end. */
  readonly sources: readonly Source[]
  /** By the store's clock, in milliseconds since the epoch. */
  readonly at: number
}
