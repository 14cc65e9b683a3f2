import type { ControlPlane, OverviewRow, StageRequest, Status } from '../../src/admin/control-plane.ts'
import type { Group } from '../../src/core/comparison/group.ts'
import type { GroupView, TriageAction } from '../../src/admin/group-views.ts'
import type { SeenOperation } from '../../src/core/evidence/batch.ts'
import type { RevealView } from '../../src/admin/reveal-views.ts'
import { beginReveal, endReveal } from '../../src/core/triage/revealing.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import type { RuleView, TrialRequest } from '../../src/admin/rule-views.ts'
import type { RolloutAction, RolloutView } from '../../src/admin/rollout-views.ts'
import type { SegmentImport, SegmentImported } from '../../src/admin/segment-body.ts'
import type { Segment } from '../../src/core/routing/segment.ts'
import { describeStanding, type FlagLine } from '../../src/core/routing/flag-lines.ts'
import { BanyanError } from '../../src/errors.ts'
import { urgentFirst } from '../../src/core/rollout/condition.ts'
import { PLANS, PLAN_AUDIT } from './plans.ts'
import { ASKS_FOR_STAFF, AUDIT, FIXES, FLAGS, GROUPS, NOW, OPERATIONS, ROWS, RULES, SEGMENTS, STATUS, TRIAL } from './rows.ts'

/** A control plane without anything behind it: it answers with rows that a test can change, and records what it was told. */
export interface TestPlane extends ControlPlane {
  rows: OverviewRow[]
  groupList: GroupView[]
  flagLines: FlagLine[]
  entries: AuditEntry[]
  plans: RolloutView[]
  ruleList: RuleView[]
  segmentList: Segment[]
  revealList: RevealView[]
  state: Status
  /** What every method rejects with, where a test wants it. */
  broken: Error | undefined
  readonly asked: string[]
  readonly requests: StageRequest[]
  readonly actions: RolloutAction[]
  readonly decisions: (TriageAction & { readonly group: string })[]
  readonly trials: TrialRequest[]
  readonly listeners: Set<() => void>
  /** Tells the listeners that there is something new. */
  change(): void
}

export function createPlane(): TestPlane {
  const known: readonly SeenOperation[] = OPERATIONS
  const answer = async <T>(plane: TestPlane, asked: string, value: () => T): Promise<T> => {
    plane.asked.push(asked)
    if (plane.broken !== undefined) throw plane.broken
    return value()
  }
  const plane: TestPlane = {
    rows: [...ROWS],
    groupList: [...GROUPS],
    flagLines: [...FLAGS],
    entries: [...AUDIT, ...PLAN_AUDIT],
    plans: [...PLANS],
    ruleList: [...RULES],
    segmentList: [...SEGMENTS],
    revealList: [],
    state: STATUS,
    broken: undefined,
    asked: [],
    requests: [],
    actions: [],
    decisions: [],
    trials: [],
    listeners: new Set(),
    change: () => {
      for (const listener of plane.listeners) listener()
    },
    overview: ({ minutes, region, gates = false }) =>
      answer(plane, `overview ${minutes} ${region ?? '*'}${gates ? ' with gates' : ''}`, () => ({
        from: NOW - minutes * 60_000,
        to: NOW,
        rows: plane.rows.filter((row) => region === undefined || row.region === region).map((row) => (gates ? row : withoutGates(row))),
        fixFirst: plane.rows.length === 0 ? [] : FIXES,
        unclassified: plane.rows.length === 0 ? [] : [{ region: 'eu-west-1', requests: 318 }],
      })),
    operation: (key, minutes) =>
      answer(plane, `operation ${key} ${minutes}`, () => {
        const operation = known.find((seen) => seen.key === key)
        if (operation === undefined) throw new BanyanError('UNKNOWN_OPERATION', `no operation ${key} was seen`)
        return {
          operation,
          rows: plane.rows.filter((row) => row.operation === key),
          groups: plane.groupList.filter((group) => concerns(group, key)),
        }
      }),
    groups: ({ operation, region, limit }) =>
      answer(plane, `groups ${operation ?? '*'} ${region ?? '*'} ${limit}`, () =>
        plane.groupList
          .filter(
            (group) =>
              (operation === undefined || concerns(group, operation)) &&
              (region === undefined || group.counts.some((count) => count.region === region)),
          )
          .slice(0, limit),
      ),
    group: (id) => answer(plane, `group ${id}`, () => plane.groupList.find((group) => group.id === id)),
    triage: (id, action) =>
      answer(plane, `triage ${id} ${action.state}`, () => {
        plane.decisions.push({ group: id, ...action })
        const group = plane.groupList.find((one) => one.id === id)
        if (group === undefined) throw new BanyanError('UNKNOWN_GROUP', `no group ${id}`)
        if (action.why.includes('conflict')) throw new BanyanError('GROUP_CONFLICT', `somebody else decided about group ${id} meanwhile`)
        const decided = { ...group, triage: { at: NOW, ...action } }
        plane.groupList = plane.groupList.map((one) => (one.id === id ? decided : one))
        return decided
      }),
    reveals: () => answer(plane, 'reveals', () => plane.revealList),
    beginReveal: (action) =>
      answer(plane, 'beginReveal', () => {
        const reveal = { ...beginReveal(action, 'r1', NOW), isOpen: true, withheld: [] }
        plane.revealList = [reveal, ...plane.revealList]
        return reveal
      }),
    endReveal: (id, action) =>
      answer(plane, `endReveal ${id}`, () => {
        const known = plane.revealList.find((reveal) => reveal.id === id)
        if (known === undefined) throw new BanyanError('UNKNOWN_REVEAL', `no reveal ${id}`)
        const reveal = { ...known, ...endReveal(known, action, NOW), isOpen: false }
        plane.revealList = plane.revealList.map((one) => (one.id === id ? reveal : one))
        return reveal
      }),
    flags: () => answer(plane, 'flags', () => plane.flagLines),
    exportFlags: () =>
      answer(plane, 'exportFlags', () => ({
        flags: { [ASKS_FOR_STAFF.key]: ASKS_FOR_STAFF },
        segments: Object.fromEntries(plane.segmentList.map((segment) => [segment.key, segment])),
      })),
    setSegment: (change) => answer(plane, `setSegment ${change.key}`, () => withSegment(plane, change)),
    importFlag: ({ flag }) => answer(plane, `importFlag ${flag.key}`, () => ({ flag: flag.key, did: 'created' })),
    flagProblems: () => answer(plane, 'flagProblems', () => []),
    setStage: (request) =>
      answer(plane, 'setStage', () => {
        if (request.dryRun === true) {
          const { who, why, region = '*', stage: to } = request
          const split = `${request.operation} is then answered by other backends than query:Products: they share Product`
          return { at: 0, who, target: request.operation, region, from: 'shadow', to, why, warnings: to === 'live' ? [split] : [] }
        }
        plane.requests.push(request)
        if (request.why.includes('conflict'))
          throw new BanyanError('FLAG_CONFLICT', 'the flag banyan.query.ProductPage was changed meanwhile')
        const entry = applied(plane, request)
        plane.entries.unshift(entry)
        return entry
      }),
    consistency: () => answer(plane, 'consistency', () => ({ hasSchema: true, groups: [], hubs: [], splits: [] })),
    rollouts: ({ plan: asked, limit }) =>
      answer(plane, 'rollouts', () =>
        plane.plans
          .filter(({ plan }) => asked === undefined || plan.name === asked)
          .map((view) => ({ ...view, units: urgentFirst(view.units).slice(0, limit) })),
      ),
    rollout: (action) =>
      answer(plane, `rollout ${action.plan} ${action.act}`, () => {
        plane.actions.push(action)
        if (action.plan !== '*' && !plane.plans.some(({ plan }) => plan.name === action.plan))
          throw new BanyanError('UNKNOWN_PLAN', `no plan ${action.plan}`)
        return { dryRun: action.dryRun, changes: [`${action.plan}: not started → running`] }
      }),
    replay: (plan, minutes) => answer(plane, `replay ${plan} ${minutes}`, () => []),
    emergency: ({ on, dryRun }) =>
      answer(plane, `emergency ${on}`, () => {
        const changed = plane.state.emergency !== on
        if (!dryRun) plane.state = { ...plane.state, emergency: on }
        return { on, changed, scope: 'fleet' }
      }),
    rules: (minutes) => answer(plane, `rules ${minutes}`, () => plane.ruleList),
    tryRules: (request) =>
      answer(plane, 'tryRules', () => {
        plane.trials.push(request)
        return TRIAL
      }),
    audit: ({ limit, plan }) =>
      answer(plane, `audit ${limit} ${plan ?? '*'}`, () =>
        plane.entries.filter(({ target }) => plan === undefined || target.split('/')[0] === `plan:${plan}`).slice(0, limit),
      ),
    status: () => answer(plane, 'status', () => plane.state),
    metrics: () => answer(plane, 'metrics', () => '# TYPE banyan_comparisons_total counter\nbanyan_comparisons_total 7\n'),
    onChange: (listener) => {
      plane.listeners.add(listener)
      return () => plane.listeners.delete(listener)
    },
  }
  return plane
}

function concerns({ counts }: Group, operation: string): boolean {
  return counts.some((count) => count.operation === operation)
}

/** Sets the stage of the rows that are meant and tells of it as the real one does. */
function applied(plane: TestPlane, { operation, region, stage, percent, rest = 'shadow', who, why }: StageRequest): AuditEntry {
  const before = plane.rows.find((row) => row.operation === operation && (region === undefined || row.region === region))
  plane.rows = plane.rows.map((row) =>
    row.operation === operation && (region === undefined || row.region === region) ? { ...row, stage, percent, rest } : row,
  )
  const from = before === undefined ? 'off' : describeStanding(before)
  return {
    at: NOW,
    who,
    target: `banyan.${operation.replace(':', '.').replace(/#.*/, '')}`,
    region: region ?? '*',
    from,
    to: describeStanding({ stage, percent, rest }),
    why,
  }
}

function withoutGates(row: OverviewRow): OverviewRow {
  const { gates: _left, ...verdict } = row.verdict
  return { ...row, verdict }
}

/** As the segment desk does it, without a store. */
function withSegment(plane: TestPlane, { key, segment, expectedVersion, dryRun }: SegmentImport): SegmentImported {
  const known = plane.segmentList.find((one) => one.key === key)
  if ((known?.version ?? 0) !== expectedVersion) throw new BanyanError('FLAG_CONFLICT', `the segment ${key} was changed meanwhile`)
  if (!dryRun) {
    const others = plane.segmentList.filter((one) => one.key !== key)
    plane.segmentList = segment === undefined ? others : [...others, { ...segment, key, version: (known?.version ?? 0) + 1 }]
    plane.change()
  }
  return { segment: key, did: segment === undefined ? 'removed' : known === undefined ? 'created' : 'changed' }
}
