import type { StageRequest } from '../admin/control-plane.ts'
import type { Config } from '../config/schema.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { describeStanding, lineFor } from '../core/routing/flag-lines.ts'
import { flagKey, flagKeyOf, type Flag } from '../core/routing/flag.ts'
import type { FlagSet, Segment } from '../core/routing/segment.ts'
import { setStage, type StageChange } from '../core/routing/set-stage.ts'
import type { RegionStanding, Want } from '../core/routing/remote-change.ts'
import { rolesFor, type Stage } from '../core/routing/stage.ts'
import { policyStage } from '../core/routing/policy.ts'
import { BanyanError } from '../errors.ts'
import type { FlagChange, Store } from '../storage/store.ts'
import { matchOperations } from './operation-names.ts'
import type { Standing } from './overview.ts'
import type { RemoteFlags } from './remote-flags.ts'

/** Where flags come from. */
export interface FlagSource {
  /** `undefined`: none are known yet. */
  readonly read: () => Promise<FlagSet | undefined>
  readonly onChange: (listener: () => void) => () => void
}

/** How often the flags are read without having been told of a change: edges hear that they still hold, and a lost notification costs no more. */
const CONFIRM_MS = 5_000
/** Flags that nobody has heard of for so long serve on, and are no ground for a step forward. In seconds. */
const STALE_S = 30

/** Where flags are read and changed: keeps the newest ones, and tells who has to know. */
export class FlagDesk {
  readonly #config: Config
  readonly #store: Store
  readonly #tell: (known: FlagSet, changed: boolean) => void
  readonly #source: FlagSource
  readonly #remote: RemoteFlags | undefined
  #stop: () => void = () => {}
  /** Absent: none were read yet. */
  known: FlagSet | undefined
  /** How stale the flags are where they are oldest, in seconds. */
  edgesStaleness: () => number = () => 0

  /**
   * @param tell hears the flags whenever they were read, and whether that brought anything new
   * @param remote where flags are kept, if not in the store
   */
  constructor(config: Config, store: Store, tell: (known: FlagSet, changed: boolean) => void, remote?: RemoteFlags) {
    this.#config = config
    this.#store = store
    this.#tell = tell
    this.#remote = remote
    this.#source = remote ?? sourceOf(store)
  }

  /** Reads the flags, and again whenever some replica changes one. */
  async open(): Promise<void> {
    await this.load()
    // A reading that fails is made good by the next one; the last known flags stay in force.
    const again = (): void => void this.load().catch(() => undefined)
    const stop = this.#source.onChange(again)
    const timer = setInterval(again, CONFIRM_MS)
    this.#stop = () => {
      stop()
      clearInterval(timer)
    }
  }

  close(): void {
    this.#stop()
  }

  /**
   * Flag and audit entry in one transaction, or the entry first where the flag is LaunchDarkly's; the edges know within moments.
   * @throws BanyanError BAD_USAGE, UNKNOWN_OPERATION, FLAG_CONFLICT, FLAGS_READ_ONLY, FLAGS_REFUSED
   */
  async setStage(request: StageRequest): Promise<AuditEntry> {
    if (request.region !== undefined && !this.#regions().includes(request.region)) {
      throw new BanyanError(
        'BAD_USAGE',
        `unknown region ${request.region}; known: ${this.#regions().join(', ')}`,
        'name one of region.allow',
      )
    }
    const found = matchOperations(await this.#store.evidence.operations(), request.operation)
    const [first] = found
    if (first === undefined) throw new BanyanError('UNKNOWN_OPERATION', `no operation ${request.operation} was seen`)
    const key = flagKey(first)
    this.refuseReadOnly(key)
    const base = policyStage(this.#config.operations, first.key)
    const region = request.region ?? '*'
    const from = this.standing(first.key, region)
    const to = { stage: request.stage, percent: request.percent, rest: request.rest ?? base }
    const [is, shall] = [from, to].map(describeStanding)
    const entry = { at: Date.now(), who: request.who, target: key, region, from: is ?? '', to: shall ?? '', why: request.why }
    if (request.dryRun === true) return entry
    const operations = found.map((seen) => seen.key)
    await (this.#remote === undefined
      ? this.#save({ ...to, operations, ...(request.region === undefined ? {} : { region }) }, key, base, entry)
      : this.#bring(this.#remote, { flag: key, operations, base, from: [{ ...from, region }], to: [{ ...to, region }] }, entry))
    await this.load()
    return entry
  }

  /** @throws BanyanError FLAGS_READ_ONLY where LaunchDarkly has the flags and there is no token to change them */
  refuseReadOnly(flag: string): void {
    const { flags, environment } = this.#config
    if (flags.provider !== 'launchdarkly' || this.#remote?.moves === true) return
    const place = `project ${flags.project}, environment ${flags.environment ?? environment}`
    throw new BanyanError(
      'FLAGS_READ_ONLY',
      'flags come from LaunchDarkly, and there is no access token to change them',
      `change ${flag} in LaunchDarkly (${place}), or name a token in flags.apiTokenEnv`,
    )
  }

  /** @throws BanyanError FLAGS_READ_ONLY for what is changed in our own store alone */
  refuseRemote(what: string): void {
    if (this.#config.flags.provider === 'store') return
    const hint = `change ${what} in LaunchDarkly; single operations are moved from here by \`banyan flags set\``
    throw new BanyanError('FLAGS_READ_ONLY', 'flags come from LaunchDarkly', hint)
  }

  async #save(change: StageChange, key: string, base: Stage, entry: AuditEntry): Promise<void> {
    const known = this.flags.find((flag) => flag.key === key)
    if (!(await this.#store.flags.save(setStage(known, key, change, base), known?.version ?? 0, entry)))
      throw new BanyanError('FLAG_CONFLICT', `the flag ${key} was changed meanwhile`)
  }

  /** What LaunchDarkly does not take is taken back in the record. */
  async #bring(remote: RemoteFlags, want: Want, entry: AuditEntry): Promise<void> {
    await this.#store.flags.note(entry)
    const forward = want.to.some(({ stage }) => rolesFor(stage, 'query').primary === 'candidate')
    const brought = await remote.bring([want], forward ? 'forward' : 'back', commentOf(entry))
    if (brought.kind === 'done') return
    const reason = brought.kind === 'not-so' ? 'it was not done' : brought.reason
    await this.#store.flags.note({ ...entry, at: Date.now(), from: entry.to, to: entry.from, why: `not done: ${reason}` })
    throw new BanyanError(brought.kind === 'changed' ? 'FLAG_CONFLICT' : 'FLAGS_REFUSED', reason)
  }

  /**
   * What flags have to become for operations to stand somewhere, one change a flag, with a record for each region.
   * @param standings where an operation shall stand, by region
   */
  changes(
    operations: readonly string[],
    standings: (operation: string) => readonly (Standing & { readonly region: string })[],
    record: Pick<AuditEntry, 'at' | 'who' | 'why'>,
  ): readonly FlagChange[] {
    return [...Map.groupBy(operations, flagKeyOf)].flatMap(([key, keys]) => {
      const known = this.flags.find((flag) => flag.key === key)
      const base = policyStage(this.#config.operations, keys[0] ?? '')
      const wanted = standings(keys[0] ?? '')
      if (wanted.length === 0) return []
      const flag = wanted.reduce<Flag | undefined>((so, standing) => setStage(so, key, { ...standing, operations: keys }, base), known)
      if (flag === undefined) return []
      const entries = wanted.map((standing) => ({
        ...record,
        target: key,
        region: standing.region,
        from: describeStanding(this.standing(keys[0] ?? '', standing.region)),
        to: describeStanding(standing),
      }))
      return { flag: { ...flag, version: (known?.version ?? 0) + 1 }, expectedVersion: known?.version ?? 0, entries }
    })
  }

  /** Why nobody should go forward by these flags: an edge, or this process, has not heard of them for too long. */
  get stale(): string | undefined {
    const seconds = Math.max(this.#remote?.staleness ?? 0, this.edgesStaleness())
    return seconds > STALE_S ? `the flags are ${Math.round(seconds)} s old` : undefined
  }

  /** As `changes`, for flags that are not in the store: what they say now, and what they shall say. */
  wants(
    operations: readonly string[],
    standings: (operation: string) => readonly RegionStanding[],
    record: Pick<AuditEntry, 'at' | 'who' | 'why'>,
  ): readonly { readonly want: Want; readonly entries: readonly AuditEntry[] }[] {
    return [...Map.groupBy(operations, flagKeyOf)].flatMap(([flag, keys]) => {
      const [first = ''] = keys
      const to = standings(first)
      if (to.length === 0) return []
      const from = to.map(({ region }) => ({ ...this.standing(first, region), region }))
      const entries = to.map((one, index) => ({
        ...record,
        target: flag,
        region: one.region,
        from: describeStanding(from[index] ?? one),
        to: describeStanding(one),
      }))
      return [{ want: { flag, operations: keys, base: policyStage(this.#config.operations, first), from, to }, entries }]
    })
  }

  get flags(): readonly Flag[] {
    return this.known?.flags ?? []
  }

  get segments(): readonly Segment[] {
    return this.known?.segments ?? []
  }

  /** Reads the flags and tells of them. */
  async load(): Promise<void> {
    const [before, known] = [this.known, await this.#source.read()]
    // LaunchDarkly has not answered yet: what was known before it was asked holds.
    if (known === undefined) return
    this.known = known
    this.#tell(known, before === undefined || !isSameSet(before, known))
  }

  /** Where an operation stands in a region now. */
  standing(operation: string, region: string): Standing {
    const key = flagKeyOf(operation)
    const flag = this.flags.find((known) => known.key === key)
    const base = policyStage(this.#config.operations, operation)
    return flag === undefined ? { stage: base, percent: 100, rest: base } : lineFor(flag, operation, region)
  }

  #regions(): readonly string[] {
    const { region } = this.#config
    return 'value' in region ? [region.value] : region.allow
  }
}

/** What LaunchDarkly's own record says of a change. */
export function commentOf({ who, why }: Pick<AuditEntry, 'who' | 'why'>): string {
  return `Banyan, ${who}: ${why}`
}

function sourceOf({ flags }: Store): FlagSource {
  return {
    read: async () => ({ flags: await flags.flags(), segments: await flags.segments() }),
    onChange: (listener) => flags.onChange(listener),
  }
}

function isSameSet(a: FlagSet, b: FlagSet): boolean {
  const isSame = (one: readonly Versioned[], other: readonly Versioned[]): boolean =>
    one.length === other.length && one.every(({ key, version }, i) => other[i]?.key === key && other[i].version === version)
  return isSame(a.flags, b.flags) && isSame(a.segments, b.segments)
}

type Versioned = Pick<Flag, 'key' | 'version'>
