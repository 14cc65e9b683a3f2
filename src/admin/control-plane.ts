import type { ConsistencyView } from './consistency-views.ts'
import type { SeenOperation } from '../core/evidence/batch.ts'
import type { CellSummary } from '../core/evidence/summary.ts'
import type { GateFigures, Verdict } from '../core/evidence/verdict.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import type { GroupView, TriageAction } from './group-views.ts'
import type { RevealAction, RevealEndAction, RevealView } from './reveal-views.ts'
import type { Fix } from '../core/triage/fix-first.ts'
import type { TriageState } from '../core/triage/triage.ts'
import type { FlagLine } from '../core/routing/flag-lines.ts'
import type { Flag } from '../core/routing/flag.ts'
import type { FlagProblem } from '../core/routing/flag-lint.ts'
import type { UnitStory } from '../core/rollout/replay.ts'
import type { Acted, RolloutAction, RolloutQuery, RolloutView } from './rollout-views.ts'
import type { RuleStanding, RuleView, TrialRequest, TrialView } from './rule-views.ts'
import type { Segment } from '../core/routing/segment.ts'
import type { SegmentImport, SegmentImported } from './segment-body.ts'
import type { Stage } from '../core/routing/stage.ts'

/** One operation in one region, over the asked span of time. Stages that the span saw are summed. */
export interface OverviewRow {
  readonly operation: string
  readonly region: string
  /** What the flag says now. `percent` of subjects are at `stage`, the others at `rest`. */
  readonly stage: Stage
  readonly percent: number
  readonly rest: Stage
  /** Requests per second over the newest ten seconds or so. */
  readonly rate: number
  readonly summary: CellSummary
  /** What the gates say of the requests at `stage` in this span; advice until a plan acts on it. */
  readonly verdict: Omit<Verdict, 'gates'> & {
    /** Of many rows only where they are asked for: they are most of the bytes. */
    readonly gates?: readonly GateFigures[]
  }
}

export interface Overview {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly rows: readonly OverviewRow[]
  /** Coordinates by the traffic that they alone keep from parity, most first. */
  readonly fixFirst: readonly Fix[]
  /** Requests that are no known operation (`~unclassified`), by region. */
  readonly unclassified: readonly { readonly region: string; readonly requests: number }[]
}

export interface OperationView {
  readonly operation: SeenOperation
  readonly rows: readonly OverviewRow[]
  readonly groups: readonly GroupView[]
}

/** Who asks: an operator may do everything, a viewer changes nothing. */
export type AdminRole = 'operator' | 'viewer'

/** One process of the tree. */
export interface ProcessView {
  readonly name: string
  readonly pid: number
  readonly restarts: number
  readonly ready: boolean
  readonly shadowRestarts: number
}

export interface Status {
  readonly version: string
  readonly environment: string
  /** Every region that a request can have. */
  readonly regions: readonly string[]
  readonly startedAt: number
  /** Clients are served. What comes after that, the store among it, does not decide it: a database that is down must not take a router out of service. */
  readonly ready: boolean
  /** What is waited for while not ready, in words. */
  readonly notReady?: string
  /** Whether the store takes evidence. While it does not, edges keep what they counted. */
  readonly storeUp: boolean
  /** Everything goes to legacy, by the flag or by the file of this replica. */
  readonly emergency: boolean
  readonly store: 'pglite' | 'postgres'
  readonly provider: 'store' | 'launchdarkly'
  /** Seconds since the flags were last known to be fresh, at the edge where that was longest ago. */
  readonly flagsStaleness?: number
  readonly legacy: string
  readonly candidate: string
  readonly processes: readonly ProcessView[]
  readonly rules: RuleStanding
  /** Under which values are kept now. */
  readonly reveals: readonly RevealView[]
}

/** Flags as LaunchDarkly's SDKs read them (`GET /sdk/latest-all`). */
export interface FlagFile {
  readonly flags: Readonly<Record<string, Flag>>
  readonly segments: Readonly<Record<string, Segment>>
}

export interface FlagImport {
  readonly flag: Flag
  /** Segments that are taken over before it, for a dry run of both. */
  readonly segments?: readonly string[]
  /** Version that the flag must be at, 0 for none; absent: any. */
  readonly expectedVersion?: number
  readonly who: string
  readonly why: string
  /** Say what would change, and change nothing. */
  readonly dryRun: boolean
}

/** What became of a flag that was imported. */
export interface FlagImported {
  readonly flag: string
  readonly did: 'created' | 'changed' | 'same'
}

/** Everything to legacy, or back to what the flags say. */
export interface EmergencyRequest {
  readonly on: boolean
  readonly who: string
  readonly why: string
  /** Say what would change, and change nothing. */
  readonly dryRun: boolean
}

export interface EmergencySet {
  readonly on: boolean
  readonly changed: boolean
  /** `replica`: neither the store nor LaunchDarkly took it; the other replicas do not know of it. */
  readonly scope: 'fleet' | 'replica'
  /** What did not take it and why, in words. */
  readonly notReached?: string
}

/** A change as the API takes it. */
export interface StageRequest {
  readonly operation: string
  readonly region?: string
  readonly stage: Stage
  readonly percent: number
  readonly rest?: Stage
  readonly who: string
  readonly why: string
  /** Say what would change, and change nothing. */
  readonly dryRun?: boolean
}

/** What was set, or would be. */
export interface StageSet extends AuditEntry {
  /** Whom it does not reach, and reads that belong together and are then answered by different backends; absent: none. */
  readonly warnings?: readonly string[]
}

/** Everything the admin API serves; `app/control.ts` builds it. Methods reject with `BanyanError` for what a caller did wrong. */
export interface ControlPlane {
  readonly overview: (query: { readonly minutes: number; readonly region?: string; readonly gates?: boolean }) => Promise<Overview>
  readonly operation: (key: string, minutes: number) => Promise<OperationView>
  readonly groups: (query: {
    readonly state?: TriageState
    readonly operation?: string
    readonly region?: string
    readonly limit: number
  }) => Promise<readonly GroupView[]>
  readonly group: (id: string) => Promise<GroupView | undefined>
  readonly triage: (id: string, action: TriageAction) => Promise<GroupView>
  /** Newest first, those that are over among them. */
  readonly reveals: () => Promise<readonly RevealView[]>
  readonly beginReveal: (action: RevealAction) => Promise<RevealView>
  readonly endReveal: (id: string, action: RevealEndAction) => Promise<RevealView>
  readonly flags: () => Promise<readonly FlagLine[]>
  readonly exportFlags: () => Promise<FlagFile>
  /** @throws BanyanError BAD_FLAG, FLAG_CONFLICT, FLAGS_READ_ONLY */
  readonly importFlag: (request: FlagImport) => Promise<FlagImported>
  /** @throws BanyanError BAD_FLAG, FLAG_CONFLICT, FLAGS_READ_ONLY */
  readonly setSegment: (request: SegmentImport) => Promise<SegmentImported>
  /** What the flags do that nobody can have meant. */
  readonly flagProblems: () => Promise<readonly FlagProblem[]>
  readonly setStage: (request: StageRequest) => Promise<StageSet>
  /** Operations that belong together by the types that they share. */
  readonly consistency: () => Promise<ConsistencyView>
  readonly rollouts: (query: RolloutQuery) => Promise<readonly RolloutView[]>
  readonly rollout: (action: RolloutAction) => Promise<Acted>
  readonly replay: (plan: string, minutes: number) => Promise<readonly UnitStory[]>
  readonly emergency: (request: EmergencyRequest) => Promise<EmergencySet>
  readonly rules: (minutes: number) => Promise<readonly RuleView[]>
  readonly tryRules: (request: TrialRequest) => Promise<TrialView>
  readonly audit: (query: { readonly limit: number; readonly plan?: string }) => Promise<readonly AuditEntry[]>
  readonly status: () => Promise<Status>
  /** Prometheus text format 0.0.4. */
  readonly metrics: () => Promise<string>
  /** Calls back after new evidence or a flag change; returns the way to stop. */
  readonly onChange: (listener: () => void) => () => void
}
