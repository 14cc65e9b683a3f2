import { isDeepStrictEqual } from 'node:util'
import type { SegmentImport, SegmentImported } from '../admin/segment-body.ts'
import type { Config } from '../config/schema.ts'
import { asksFor, lintSegment } from '../core/routing/segment-lint.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { FlagDesk } from './flag-desk.ts'

/** Where segments of our own store are changed. */
export class SegmentDesk {
  readonly #flags: FlagDesk
  readonly #store: Store
  readonly #regions: readonly string[]
  readonly #now: () => number

  constructor(flags: FlagDesk, store: Store, regions: readonly string[], now: () => number) {
    this.#flags = flags
    this.#store = store
    this.#regions = regions
    this.#now = now
  }

  /**
   * Takes a segment over as it is, or takes one out. The edges of every replica know within moments.
   * @throws BanyanError BAD_FLAG, FLAG_CONFLICT, FLAGS_READ_ONLY
   */
  async set({ key, segment, segments = [], expectedVersion, who, why, dryRun }: SegmentImport): Promise<SegmentImported> {
    this.#flags.refuseRemote(`the segment ${key}`)
    const known = this.#flags.segments.find((one) => one.key === key)
    if (expectedVersion !== undefined && (known?.version ?? 0) !== expectedVersion) throw conflict(key)
    if (segment === undefined) this.#refuseWanted(key)
    else this.#refuseTraps(key, segment, dryRun ? segments : [])
    const shall = segment === undefined ? undefined : { ...segment, key }
    if (known === undefined ? shall === undefined : isDeepStrictEqual({ ...known, version: 0 }, { ...shall, version: 0 }))
      return { segment: key, did: 'same' }
    const did = shall === undefined ? 'removed' : known === undefined ? 'created' : 'changed'
    if (dryRun) return { segment: key, did }
    const version = await this.#store.flags.segmentVersion(key)
    const from = known === undefined ? 'no segment' : `version ${known.version}`
    const to = shall === undefined ? 'no segment' : `version ${version + 1}`
    const entry = { at: this.#now(), who, target: `segment:${key}`, region: '*', from, to, why }
    const change = { key, expectedVersion: version, ...(shall === undefined ? {} : { segment: { ...shall, version: version + 1 } }) }
    const isLate = known !== undefined && known.version !== version
    if (isLate || !(await this.#store.flags.saveSegment(change, entry))) throw conflict(key)
    await this.#flags.load()
    return { segment: key, did }
  }

  /** Without it, a rule that is negated would match everybody. */
  #refuseWanted(key: string): void {
    const flag = this.#flags.flags.find((one) => asksFor(one.rules ?? []).has(key))
    const other = this.#flags.segments.find((one) => one.key !== key && asksFor(one.rules ?? []).has(key))
    if (flag === undefined && other === undefined) return
    const asker = flag === undefined ? `the segment ${other?.key}` : `the flag ${flag.key}`
    throw new BanyanError('BAD_FLAG', `${asker} asks for the segment ${key}`, 'change that first')
  }

  #refuseTraps(key: string, segment: NonNullable<SegmentImport['segment']>, before: readonly string[]): void {
    const world = {
      regions: this.#regions,
      flags: [],
      segments: [...this.#flags.segments.map((one) => one.key), ...before].filter((one) => one !== key),
    }
    const [problem] = lintSegment({ ...segment, key }, world)
    if (problem !== undefined) throw new BanyanError('BAD_FLAG', `segment ${key}: ${problem.at}: ${problem.message}`, problem.fix)
  }
}

/** Every region that requests can have. */
export function regionsOf({ region }: Pick<Config, 'region'>): readonly string[] {
  return 'value' in region ? [region.value] : region.allow
}

function conflict(key: string): BanyanError {
  return new BanyanError('FLAG_CONFLICT', `the segment ${key} was changed meanwhile`)
}
