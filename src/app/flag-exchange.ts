import { isDeepStrictEqual } from 'node:util'
import type { FlagFile, FlagImport, FlagImported } from '../admin/control-plane.ts'
import type { Config } from '../config/schema.ts'
import { lintFlag, type FlagProblem, type FlagWorld } from '../core/routing/flag-lint.ts'
import type { Flag } from '../core/routing/flag.ts'
import { EMERGENCY_FLAG } from '../core/routing/emergency.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { FlagDesk } from './flag-desk.ts'

/** Flags out to LaunchDarkly's model, and in from it. */
export class FlagExchange {
  readonly #config: Config
  readonly #flags: FlagDesk
  readonly #store: Store
  readonly #now: () => number

  constructor(config: Config, flags: FlagDesk, store: Store, now: () => number) {
    this.#config = config
    this.#flags = flags
    this.#store = store
    this.#now = now
  }

  file(): FlagFile {
    return {
      flags: Object.fromEntries(this.#flags.flags.map((flag) => [flag.key, flag])),
      segments: Object.fromEntries(this.#flags.segments.map((one) => [one.key, one])),
    }
  }

  problems(): readonly FlagProblem[] {
    return this.#flags.flags.filter(({ key }) => key !== EMERGENCY_FLAG).flatMap((flag) => lintFlag(flag, this.#world()))
  }

  /**
   * Takes a flag over as it is, under the next version. The record says which.
   * @throws BanyanError BAD_FLAG, FLAG_CONFLICT, FLAGS_READ_ONLY
   */
  async take({ flag, segments, expectedVersion, who, why, dryRun }: FlagImport): Promise<FlagImported> {
    this.#flags.refuseRemote(`the flag ${flag.key}`)
    if (flag.key === EMERGENCY_FLAG)
      throw new BanyanError(
        'BAD_FLAG',
        `${flag.key} is no flag of an operation`,
        '`banyan rollback` switches it, and `--release` ends that',
      )
    const world = this.#world(flag.key)
    const [problem] = lintFlag(flag, dryRun ? { ...world, segments: [...world.segments, ...(segments ?? [])] } : world)
    if (problem !== undefined) throw new BanyanError('BAD_FLAG', `${problem.flag}: ${problem.at}: ${problem.message}`, problem.fix)
    const known = this.#flags.flags.find(({ key }) => key === flag.key)
    const version = known?.version ?? 0
    if (expectedVersion !== undefined && version !== expectedVersion)
      throw new BanyanError(
        'FLAG_CONFLICT',
        `the flag ${flag.key} is at version ${version}, and not at ${expectedVersion}: it was changed meanwhile`,
      )
    if (known !== undefined && isDeepStrictEqual({ ...known, version: 0 }, { ...flag, version: 0 })) return { flag: flag.key, did: 'same' }
    if (!dryRun) await this.#save(flag, known, who, why)
    return { flag: flag.key, did: known === undefined ? 'created' : 'changed' }
  }

  async #save(flag: Flag, known: Flag | undefined, who: string, why: string): Promise<void> {
    const version = (known?.version ?? 0) + 1
    const from = known === undefined ? 'no flag' : `version ${known.version}`
    const entry = { at: this.#now(), who, target: flag.key, region: '*', from, to: `version ${version}, imported`, why }
    const saved = await this.#store.flags.save({ ...flag, version }, known?.version ?? 0, entry)
    if (!saved) throw new BanyanError('FLAG_CONFLICT', `the flag ${flag.key} was changed meanwhile`)
    await this.#flags.load()
  }

  #world(...more: readonly string[]): FlagWorld {
    const { region } = this.#config
    const regions = 'value' in region ? [region.value] : region.allow
    return { regions, flags: [...this.#flags.flags.map(({ key }) => key), ...more], segments: this.#flags.segments.map(({ key }) => key) }
  }
}
