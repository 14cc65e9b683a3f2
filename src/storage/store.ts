import type { Group } from '../core/comparison/group.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { EvidenceBatch, SeenOperation } from '../core/evidence/batch.ts'
import type { CellEvidence } from '../core/evidence/evidence.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import type { PlanState, Position } from '../core/rollout/position.ts'
import type { Flag } from '../core/routing/flag.ts'
import type { Triage } from '../core/triage/triage.ts'

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

/** Counts and groups. */
export interface EvidenceStore {
  /** Adds a batch in one transaction, once: a batch that was stored before is left out and reported so. */
  append(batch: EvidenceBatch): Promise<'stored' | 'duplicate'>
  cells(query: EvidenceQuery): Promise<CellEvidence[]>
  /** By rule, in no order; rules that accepted nothing are not there. */
  suppressed(query: Pick<EvidenceQuery, 'from' | 'to'>): Promise<SuppressedCount[]>
  operations(): Promise<SeenOperation[]>
  /** Groups, most differences first. */
  groups(query: GroupQuery): Promise<Group[]>
  group(id: string): Promise<Group | undefined>
  /** Deletes windows that started before `before`, and groups not seen since. */
  prune(before: number): Promise<void>
}

/** Flags and the record of their changes. */
export interface FlagStore {
  flags(): Promise<Flag[]>
  /**
   * Writes `flag` and its audit entry in one transaction if the stored version is still `expectedVersion` (0: no such flag yet).
   * `false`: somebody else changed it, nothing was written.
   */
  save(flag: Flag, expectedVersion: number, entry: AuditEntry): Promise<boolean>
  /** Newest first. */
  audit(limit: number): Promise<AuditEntry[]>
  /** Calls back after any replica changed a flag. Returns the way to stop. */
  onChange(listener: () => void): () => void
}

/** A flag as it shall be, if it is still at `expectedVersion` (0: no such flag yet), and the record of the change. */
export interface FlagChange {
  readonly flag: Flag
  readonly expectedVersion: number
  readonly entries: readonly AuditEntry[]
}

/** How far plans have come. Every change names the version before it, so that of two replicas that act at once one acts and the other is told `false`. */
export interface RolloutStore {
  planStates(): Promise<PlanState[]>
  positions(): Promise<Position[]>
  /** Writes a plan's state and its audit entry in one transaction, if the stored version is one less. */
  savePlanState(state: PlanState, entry: AuditEntry): Promise<boolean>
  /** Moves a unit: its position, its flags and all audit entries in one transaction, if every stored version is the expected one. */
  move(position: Position, changes: readonly FlagChange[], entry: AuditEntry): Promise<boolean>
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
  readonly triage: TriageStore
  readonly reveals: RevealStore
  /** `pglite` or `postgres`. */
  readonly kind: 'pglite' | 'postgres'
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
