import type { GroupView, TriageAction, TriageView } from '../admin/group-views.ts'
import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import type { Group, GroupDelta } from '../core/comparison/group.ts'
import { noiseOf, NOISE_HOURS } from '../core/triage/noise.ts'
import { acceptingRule, ruleId, suggestionOf } from '../core/triage/suggest.ts'
import { decide, problemOf, reopenedBy, stateOf, triageEntry, type Triage, type TriageState } from '../core/triage/triage.ts'
import { trendOf } from '../core/triage/trend.ts'
import { CONTROLLER } from '../core/rollout/audit.ts'
import { BanyanError } from '../errors.ts'
import type { PlaceNoise } from '../storage/noise.ts'
import type { ControlledCount, GroupQuery, Store } from '../storage/store.ts'

/** How often decisions are read: other replicas make some, and accepted groups expire. */
const CONFIRM_MS = 5_000
const HOUR_MS = 3_600_000
/** Groups whose builds are looked at to tell which are known. */
const KNOWN_BUILDS_FROM = 500

/** What is known of noise where some groups are: by operation and region, and by coordinate. */
interface Noise {
  readonly controlled: readonly ControlledCount[]
  readonly places: ReadonlyMap<string, PlaceNoise>
}

/** Where groups are shown and decided about: keeps the newest decisions, and tells the edges which groups are accepted. */
export class GroupDesk {
  readonly #store: Store
  readonly #tell: (accepted: readonly AcceptedGroup[]) => void
  #triages = new Map<string, Triage>()
  #timer: NodeJS.Timeout | undefined
  accepted: readonly AcceptedGroup[] = []

  constructor(store: Store, tell: (accepted: readonly AcceptedGroup[]) => void) {
    this.#store = store
    this.#tell = tell
  }

  /** Reads the decisions, and again every few seconds. */
  async open(): Promise<void> {
    await this.#load()
    // A reading that fails is made good by the next one; the last known decisions stay in force.
    this.#timer = setInterval(() => void this.#load().catch(() => undefined), CONFIRM_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async list({ state, ...query }: GroupQuery & { readonly state?: TriageState }): Promise<readonly GroupView[]> {
    const now = Date.now()
    if (state === undefined || state === 'open') {
      // Those that somebody decided about may be the most frequent: they take nobody's place.
      const limit = query.limit + (state === undefined ? 0 : this.#triages.size)
      const groups = (await this.#store.evidence.groups({ ...query, limit }))
        .filter(({ id }) => state === undefined || stateOf(this.#triages.get(id), now) === state)
        .slice(0, query.limit)
      const noise = await this.#noise(groups, now)
      return groups.map((group) => this.#view(group, now, noise))
    }
    // What was decided about is found by the decision: its group may not have been seen for long.
    const decided = [...this.#triages.values()].filter((triage) => stateOf(triage, now) === state)
    const isOfAll = query.operation === undefined && query.region === undefined
    const views = await Promise.all((isOfAll ? decided.slice(0, query.limit) : decided).map(({ group }) => this.find(group)))
    return views
      .filter((view) => view !== undefined)
      .filter((view) => concerns(view, query))
      .slice(0, query.limit)
  }

  async find(id: string): Promise<GroupView | undefined> {
    const triage = this.#triages.get(id)
    const group = (await this.#store.evidence.group(id)) ?? (triage === undefined ? undefined : forgotten(triage))
    const now = Date.now()
    return group === undefined ? undefined : this.#view(group, now, await this.#noise([group], now))
  }

  /** Decision and audit entry in one transaction. @throws BanyanError UNKNOWN_GROUP, BAD_USAGE, GROUP_CONFLICT */
  async decide(id: string, action: TriageAction): Promise<GroupView> {
    const now = Date.now()
    await this.#load()
    const group = await this.find(id)
    if (group === undefined) throw new BanyanError('UNKNOWN_GROUP', `no group ${id}`)
    const problem = problemOf(action, now)
    if (problem !== undefined) throw new BanyanError('BAD_USAGE', problem.message, problem.fix)
    const known = this.#triages.get(id)
    const triage = decide(identityOf(group), known, action, { now, builds: action.state === 'fixed' ? await this.#builds() : [] })
    const noise = await this.#noise([group], now)
    if (action.dryRun === true) return this.#view(group, now, noise, triage)
    const saved = await this.#store.triage.saveTriage(triage, triageEntry(known, triage))
    if (!saved) throw new BanyanError('GROUP_CONFLICT', `somebody else decided about group ${id} meanwhile`)
    await this.#load()
    return this.#view(group, now, noise)
  }

  /** Opens the groups again that were said to be fixed and are among what was just stored. */
  async seen(groups: readonly GroupDelta[]): Promise<void> {
    for (const group of groups) {
      const known = this.#triages.get(group.id)
      const why = known === undefined ? undefined : reopenedBy(known, group)
      if (known === undefined || why === undefined) continue
      const triage = decide(known.identity, known, { state: 'open', who: CONTROLLER, why }, { now: Date.now(), builds: [] })
      // Where another replica was faster, it has opened it.
      await this.#store.triage.saveTriage(triage, triageEntry(known, triage))
      await this.#load()
    }
  }

  async #load(): Promise<void> {
    this.#triages = new Map((await this.#store.triage.triages()).map((triage) => [triage.group, triage]))
    const now = Date.now()
    const accepted = [...this.#triages.values()].filter((triage) => stateOf(triage, now) === 'accepted')
    const next = accepted.map(({ group, identity }) => ({ group, rule: ruleId(identity) }))
    const isSame = next.length === this.accepted.length && next.every(({ group }, index) => this.accepted[index]?.group === group)
    this.accepted = next
    if (!isSame) this.#tell(next)
  }

  /** Builds of the candidate in which any difference was seen. */
  async #builds(): Promise<readonly string[]> {
    const groups = await this.#store.evidence.groups({ limit: KNOWN_BUILDS_FROM })
    return [...new Set(groups.flatMap(({ facets }) => facets.filter(({ facet }) => facet === 'build').map(({ name }) => name)))]
  }

  /** How often legacy was held against itself; not looked for where none of the coordinates says that it differed. */
  async #noise(groups: readonly Group[], now: number): Promise<Noise> {
    const from = now - NOISE_HOURS * HOUR_MS
    const coordinates = [...new Set(groups.map(({ coordinate }) => coordinate))]
    const places = (await this.#store.evidence.noise({ coordinates, since: from })).filter(({ noise }) => noise > 0)
    const controlled = places.length === 0 ? [] : await this.#store.evidence.controlled({ from, to: now })
    return { controlled, places: new Map(places.map((place) => [place.coordinate, place])) }
  }

  #view(group: Group, now: number, { controlled, places }: Noise, decided = this.#triages.get(group.id)): GroupView {
    const suggestion = suggestionOf(group)
    const place = places.get(group.coordinate)
    const among = place === undefined ? undefined : { ...place, ...controlledOf(place.cells, controlled) }
    const noise = noiseOf(group, controlledOf(group.counts, controlled), now, among)
    const triage = viewOf(decided, now)
    return {
      ...group,
      trend: trendOf(group, now),
      triage,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(noise === undefined ? {} : { noise }),
    }
  }
}

/** Of some operations and regions. */
function controlledOf(
  cells: PlaceNoise['cells'],
  controlled: readonly ControlledCount[],
): { readonly compared: number; readonly made: number } {
  const own = controlled.filter(({ operation, region }) => cells.some((one) => one.operation === operation && one.region === region))
  const sum = (name: 'compared' | 'made'): number => own.reduce((total, one) => total + one[name], 0)
  return { compared: sum('compared'), made: sum('made') }
}

function viewOf(triage: Triage | undefined, now: number): TriageView {
  if (triage === undefined) return { state: 'open' }
  const { who, at, why, owner, expires, build, identity } = triage
  const rule = owner === undefined || expires === undefined ? undefined : acceptingRule(identity, { why, owner, expires })
  return {
    state: stateOf(triage, now),
    who,
    at,
    why,
    ...(owner === undefined ? {} : { owner }),
    ...(expires === undefined ? {} : { expires }),
    ...(build === undefined ? {} : { build }),
    ...(rule === undefined ? {} : { rule }),
  }
}

/** A group of which only the decision is left. */
function forgotten({ identity, at }: Triage): Group {
  return { ...identity, counts: [], facets: [], firstSeen: at, lastSeen: at, examples: [] }
}

function identityOf({ id, class: name, kind, coordinate, resolution, legacyShape, candidateShape, relation }: Group): Triage['identity'] {
  const identity = { id, class: name, kind, coordinate, resolution, legacyShape, candidateShape }
  return relation === undefined ? identity : { ...identity, relation }
}

function concerns({ counts }: Group, { operation, region }: Pick<GroupQuery, 'operation' | 'region'>): boolean {
  if (operation === undefined && region === undefined) return true
  return counts.some((one) => (operation ?? one.operation) === one.operation && (region ?? one.region) === one.region)
}
