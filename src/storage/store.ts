import type { Group } from '../core/comparison/group.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { EvidenceBatch, SeenOperation } from '../core/evidence/batch.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import type { PackedCell } from '../core/evidence/packed-evidence.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import type { Notice } from '../core/rollout/notice.ts'
import type { PlanState, Position } from '../core/rollout/position.ts'
import type { Flag } from '../core/routing/flag.ts'
import type { Segment } from '../core/routing/segment.ts'
import type { Triage } from '../core/triage/triage.ts'
import type { EvidenceChanges, EvidenceSince } from './evidence-changes.ts'
import type { NoiseQuery, PlaceNoise } from './noise.ts'
import type { SecretStore } from './secrets.ts'

/** Evidence of a span of time; bounds are inclusive window starts in milliseconds since the epoch. */
export interface EvidenceQuery {
  readonly from: number
  readonly to: number
  readonly operation?: string
  readonly region?: string
}

export interface GroupQuery {
  readonly operation?: string
  readonly region?: string
  readonly limit: number
}

/** How many differences a rule accepted or lowered in a span of time. */
export interface SuppressedCount {
  readonly rule: string
  readonly count: number
  /** Start of the newest window with one. */
  readonly lastWindow: number
}

/** How often legacy was held against itself in one operation and region. */
export interface ControlledCount {
  readonly operation: string
  readonly region: string
  /** Comparisons, and those of them whose request legacy answered a second time by chance. */
  readonly compared: number
  readonly made: number
}

/** Counts and groups. */
export interface EvidenceStore {
  /** Adds a batch in one transaction, once: a batch that was stored before is left out and reported so. */
  append(batch: EvidenceBatch): Promise<'stored' | 'duplicate'>
  cells(query: EvidenceQuery): Promise<CellEvidence[]>
  /** Operations that counted anything in a span. */
  counted(query: EvidenceQuery): Promise<string[]>
  /** Counts of some operations, row by row, as of one moment. Whoever adds up all of them asks for a few at a time. */
  packed(query: EvidenceQuery, operations: readonly string[]): Promise<PackedCell[]>
  /** What is new since a reader looked last: so that it need not add up days of counts at every look. */
  changes(since: EvidenceSince): Promise<EvidenceChanges>
  /** Edges that did not hand in everything and end. */
  sources(): Promise<Pick<EvidenceChanges, 'sources' | 'at'>>
  /** An edge ended and took with it what it had counted since its last report. */
  lose(source: string): Promise<void>
  /** By rule, in no order; rules that accepted nothing are not there. */
  suppressed(query: Pick<EvidenceQuery, 'from' | 'to'>): Promise<SuppressedCount[]>
  /** By operation and region, in no order; where legacy was never asked a second time there are none. */
  controlled(query: Pick<EvidenceQuery, 'from' | 'to'>): Promise<ControlledCount[]>
  /** By coordinate, in no order; those that did not differ are not there. */
  noise(query: NoiseQuery): Promise<PlaceNoise[]>
  operations(): Promise<SeenOperation[]>
  /** Their keys alone, in order: documents are long, and clients write them. */
  operationKeys(): Promise<string[]>
  /** Groups, most differences first. */
  groups(query: GroupQuery): Promise<Group[]>
  group(id: string): Promise<Group | undefined>
  /** Deletes windows that started before `before`, and groups not seen since. */
  prune(before: number): Promise<void>
}

/** A segment as it shall be, if it is still at `expectedVersion` (0: none of that key yet). Without `segment` it is taken out. */
export interface SegmentChange {
  readonly key: string
  readonly segment?: Segment
  readonly expectedVersion: number
}

/** Flags, the segments that they ask for, and the record of their changes. */
export interface FlagStore {
  flags(): Promise<Flag[]>
  segments(): Promise<Segment[]>
  /** The version of a segment, of one that was taken out too; 0: there never was one. */
  segmentVersion(key: string): Promise<number>
  /** As `save`. The stored version is the expected one and one more. */
  saveSegment(change: SegmentChange, entry: AuditEntry): Promise<boolean>
  /**
   * Writes `flag` and its audit entry in one transaction if the stored version is still `expectedVersion` (0: no such flag yet).
   * `false`: somebody else changed it, nothing was written.
   */
  save(flag: Flag, expectedVersion: number, entry: AuditEntry): Promise<boolean>
  /** Writes down a change of a flag that is kept elsewhere. */
  note(entry: AuditEntry): Promise<void>
  /** Newest first; with `plan`, of that plan, its units and all plans alone. */
  audit(limit: number, plan?: string): Promise<AuditEntry[]>
  /** Calls back after any replica changed a flag or a segment. Returns the way to stop. */
  onChange(listener: () => void): () => void
}

/** A flag as it shall be, if it is still at `expectedVersion` (0: no such flag yet), and the record of the change. */
export interface FlagChange {
  readonly flag: Flag
  readonly expectedVersion: number
  readonly entries: readonly AuditEntry[]
}

/** A notice, and who is to get it. */
export interface Telling {
  readonly notice: Notice
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Names of receivers, as the store knows them. */
  readonly receivers: readonly string[]
}

/** What else has to hold for a unit to move, and what is told of it. */
export interface Moving {
  /** It goes forward by itself: only while the plan is in this state and no plan is held. */
  readonly onlyIn?: Pick<PlanState, 'plan' | 'version'>
  readonly telling?: Telling
}

/**
 * How far plans have come. Every change names the version before it, so that of two replicas that act at once one acts and the other is told `false`. One change is
 * made at a time, over all replicas.
 */
export interface RolloutStore {
  planStates(): Promise<PlanState[]>
  positions(): Promise<Position[]>
  /** Writes a plan's state and its audit entry in one transaction, if the stored version is one less. */
  savePlanState(state: PlanState, entry: AuditEntry): Promise<boolean>
  /** Moves a unit: its position, its flags, all audit entries and what is told of it in one transaction, if every stored version is the expected one. */
  move(position: Position, changes: readonly FlagChange[], entry: AuditEntry, moving?: Moving): Promise<boolean>
  /** Writes a position and entries of the record in one transaction, and changes no flag: `false` as with `move`. */
  place(position: Position, entries: readonly AuditEntry[], moving?: Moving): Promise<boolean>
  /** Keeps what is told of a unit that waits, if it is still at this version (0: nothing was done about it yet). */
  tell(about: Pick<Position, 'plan' | 'unit' | 'version'>, telling: Telling): Promise<void>
  /** For how long some control was up, in milliseconds, put forward to `least`. */
  uptime(least: number): Promise<number>
}

/** A notice on its way to one receiver. */
export interface Delivery {
  readonly id: number
  readonly notice: Notice
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Which attempt this is, from 1. */
  readonly attempt: number
}

/** What receivers are to be told: each notice once for each of them, in order, by one replica at a time. */
export interface DeliveryStore {
  /** The oldest that this receiver has not got, if it is due. Nobody else gets it for so long; then it is somebody else's turn. */
  claimDelivery(receiver: string, forMs: number): Promise<Delivery | undefined>
  /** It is over, or is to be tried again after so many milliseconds. */
  settleDelivery(id: number, againAfterMs: number | undefined): Promise<void>
  /** Gives up all but the oldest `most` that this receiver has not got; gives back the ids of their notices. */
  giveUpDeliveries(receiver: string, most: number): Promise<readonly string[]>
  /** Forgets those that were made before. */
  pruneDeliveries(before: number): Promise<void>
}

/** What people decided about groups. */
export interface TriageStore {
  triages(): Promise<Triage[]>
  /** Writes a decision and its audit entry in one transaction, if the stored version is one less. */
  saveTriage(triage: Triage, entry: AuditEntry): Promise<boolean>
}

/** Who revealed values, and the removal of what was kept under it. */
export interface RevealStore {
  /** Newest first. */
  reveals(): Promise<Reveal[]>
  /** Writes a reveal and its audit entry in one transaction, if the stored version is one less. */
  saveReveal(reveal: Reveal, entry: AuditEntry): Promise<boolean>
  /** Removes the examples that show values by any of these reveals. */
  forgetExamples(ids: readonly string[]): Promise<void>
  /** Deletes reveals that were over before a moment. */
  dropReveals(before: number): Promise<void>
}

/** Hears of what breaks behind the calls: a lost connection, an ended thread. The store mends itself; the calls that it cost have failed on their own. */
export type OnFault = (fault: Error) => void

/** The database, whichever it is. */
export interface Store {
  readonly evidence: EvidenceStore
  readonly flags: FlagStore
  readonly rollouts: RolloutStore
  readonly deliveries: DeliveryStore
  readonly triage: TriageStore
  readonly reveals: RevealStore
  readonly secrets: SecretStore
  /** `pglite` or `postgres`. */
  readonly kind: 'pglite' | 'postgres'
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A store that is ours and may still be opening: calls wait until it is. */
export interface Taken {
  readonly store: Store
  /** Nobody ever stored anything in it: there is nothing to wait for. */
  readonly isNew: boolean
  /** Rejects with a `BanyanError` where it cannot be opened. */
  readonly opened: Promise<void>
}
