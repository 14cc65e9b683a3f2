import type { GroupDelta, GroupIdentity } from '../comparison/group.ts'
import type { AuditEntry } from '../rollout/audit.ts'

/** What a person has decided about a group. `not-verifiable`: legacy disagrees with itself there so often that nobody can tell. */
export const TRIAGE_STATES = ['open', 'accepted', 'fixed', 'not-verifiable'] as const
export type TriageState = (typeof TRIAGE_STATES)[number]

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

/** What somebody asks for. */
export interface TriageRequest {
  readonly state: TriageState
  readonly who: string
  readonly why: string
  readonly owner?: string
  readonly expires?: string
  readonly build?: string
}

/** The state that holds now: what was accepted until a day that is over is open again. */
export function stateOf(triage: Triage | undefined, now: number): TriageState {
  if (triage?.state !== 'accepted') return triage?.state ?? 'open'
  return (triage.expires ?? '') < dayOf(now) ? 'open' : 'accepted'
}

/** Why a request cannot be granted, with what to do about it; nothing where it can. */
export function problemOf(
  { state, owner, expires }: TriageRequest,
  now: number,
): { readonly message: string; readonly fix: string } | undefined {
  if (state !== 'accepted') return undefined
  if (owner === undefined || owner.trim() === '') return { message: 'an accepted difference needs an owner', fix: 'say who answers for it' }
  if (expires === undefined) return { message: 'an accepted difference needs a last day', fix: 'give expires, as YYYY-MM-DD' }
  return expires < dayOf(now) ? { message: `${expires} is over`, fix: 'give a day that is to come' } : undefined
}

/** Decides. `builds` are the candidate's builds that are known now. */
export function decide(
  identity: GroupIdentity,
  known: Triage | undefined,
  { state, who, why, owner, expires, build }: TriageRequest,
  { now, builds }: { readonly now: number; readonly builds: readonly string[] },
): Triage {
  return {
    group: identity.id,
    version: (known?.version ?? 0) + 1,
    state,
    who,
    at: now,
    why,
    identity,
    ...(state === 'accepted' && owner !== undefined && expires !== undefined ? { owner, expires } : {}),
    ...(state === 'fixed' ? { builds, ...(build === undefined ? {} : { build }) } : {}),
  }
}

/** Why a group that was said to be fixed is open again, by what was seen of it since; nothing where it still holds. */
export function reopenedBy(triage: Triage, { lastSeen, facets }: Pick<GroupDelta, 'lastSeen' | 'facets'>): string | undefined {
  if (triage.state !== 'fixed' || lastSeen <= triage.at) return undefined
  const known = new Set(triage.builds)
  const builds = facets.filter(({ facet, name, lastSeen: seen }) => facet === 'build' && !name.startsWith('~') && seen > triage.at)
  const newer = builds.find(({ name }) => name === triage.build || !known.has(name))
  if (newer !== undefined) return `seen again in build ${newer.name}`
  const isWithoutBuilds = builds.length === 0 && known.size === 0 && triage.build === undefined
  return isWithoutBuilds ? 'seen again, and the candidate does not say its build' : undefined
}

/** The record of a change. */
export function triageEntry(before: Triage | undefined, after: Triage): AuditEntry {
  const { coordinate, class: name } = after.identity
  return {
    at: after.at,
    who: after.who,
    target: `group ${after.group}`,
    region: '*',
    from: before?.state ?? 'open',
    to: `${after.state}: ${name} at ${coordinate}${after.expires === undefined ? '' : ` until ${after.expires}, owned by ${after.owner ?? ''}`}`,
    why: after.why,
  }
}

/** The day of a moment in UTC, `YYYY-MM-DD`. */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}
