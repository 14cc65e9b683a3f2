import type { StageRequest } from '../admin/control-plane.ts'
import type { Config } from '../config/schema.ts'
import type { SeenOperation } from '../core/evidence/batch.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { describeStanding, lineFor } from '../core/routing/flag-lines.ts'
import { flagKey, flagKeyOf, type Flag } from '../core/routing/flag.ts'
import { setStage } from '../core/routing/set-stage.ts'
import { policyStage } from '../core/routing/policy.ts'
import { BanyanError } from '../errors.ts'
import type { FlagChange, Store } from '../storage/store.ts'
import { matchOperations } from './operation-names.ts'
import type { Standing } from './overview.ts'

/** How often the flags are read without having been told of a change: edges hear that they still hold, and a lost notification costs no more. */
const CONFIRM_MS = 5_000

/** Where flags are read and changed: keeps the newest ones, and tells who has to know. */
export class FlagDesk {
  readonly #config: Config
  readonly #store: Store
  readonly #tell: (flags: readonly Flag[], changed: boolean) => void
  #stop: () => void = () => {}
  flags: readonly Flag[] = []

  /** @param tell hears the flags whenever they were read, and whether that brought anything new */
  constructor(config: Config, store: Store, tell: (flags: readonly Flag[], changed: boolean) => void) {
    this.#config = config
    this.#store = store
    this.#tell = tell
  }

  /** Reads the flags, and again whenever some replica changes one. */
  async open(): Promise<void> {
    await this.load()
    // A reading that fails is made good by the next one; the last known flags stay in force.
    const again = (): void => void this.load().catch(() => undefined)
    const stop = this.#store.flags.onChange(again)
    const timer = setInterval(again, CONFIRM_MS)
    this.#stop = () => {
      stop()
      clearInterval(timer)
    }
  }

  close(): void {
    this.#stop()
  }

  /** Flag and audit entry in one transaction; the edges know within moments. */
  async setStage(request: StageRequest): Promise<AuditEntry> {
    const config = this.#config
    if (config.flags.provider === 'launchdarkly') throw new BanyanError('FLAGS_READ_ONLY', 'flags come from LaunchDarkly')
    if (request.region !== undefined && !this.#regions().includes(request.region)) {
      throw new BanyanError(
        'BAD_USAGE',
        `unknown region ${request.region}; known: ${this.#regions().join(', ')}`,
        'name one of region.allow',
      )
    }
    const found = matchOperations(await this.#store.evidence.operations(), request.operation)
    const entry = await this.#save(request, found)
    await this.load()
    return entry
  }

  async #save(request: StageRequest, found: readonly SeenOperation[]): Promise<AuditEntry> {
    const [first] = found
    if (first === undefined) throw new BanyanError('UNKNOWN_OPERATION', `no operation ${request.operation} was seen`)
    const key = flagKey(first)
    const known = this.flags.find((flag) => flag.key === key)
    const base = policyStage(this.#config.operations, first.key)
    const before = this.standing(first.key, request.region ?? '*')
    const change = { operations: found.map((seen) => seen.key), stage: request.stage, percent: request.percent, rest: request.rest ?? base }
    const flag = setStage(known, key, { ...change, ...(request.region === undefined ? {} : { region: request.region }) }, base)
    const entry: AuditEntry = {
      at: Date.now(),
      who: request.who,
      target: key,
      region: request.region ?? '*',
      from: describeStanding(before),
      to: describeStanding(lineFor(flag, first.key, request.region ?? '*')),
      why: request.why,
    }
    const saved = await this.#store.flags.save(flag, known?.version ?? 0, entry)
    if (!saved) throw new BanyanError('FLAG_CONFLICT', `the flag ${key} was changed meanwhile`)
    return entry
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

  /** Reads the flags and tells of them. */
  async load(): Promise<void> {
    const before = this.flags
    this.flags = await this.#store.flags.flags()
    const same =
      this.flags.length === before.length &&
      this.flags.every(({ key, version }, i) => before[i]?.key === key && before[i]?.version === version)
    this.#tell(this.flags, !same)
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
