import type { EmergencyRequest, EmergencySet } from '../admin/control-plane.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { EMERGENCY_FLAG, emergencyFlag, isEmergency } from '../core/routing/emergency.ts'
import type { EmergencyFile } from '../flags/emergency-file.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { FlagDesk } from './flag-desk.ts'

/** What the store gets to take the flag, in milliseconds. */
const PATIENCE_MS = 3_000

function patience(): Promise<false> {
  return new Promise((resolve) => void setTimeout(() => resolve(false), PATIENCE_MS).unref())
}

/** Where a person sends everything to legacy, and ends that. */
export class EmergencyDesk {
  readonly #flags: FlagDesk
  readonly #store: Store
  readonly #file: EmergencyFile
  readonly #hasFlags: boolean
  readonly #now: () => number
  readonly #log: Log

  /** @param hasFlags the store's own flags are in force; with LaunchDarkly the file is all that can be set here */
  constructor(flags: FlagDesk, store: Store, file: EmergencyFile, hasFlags: boolean, now: () => number, log: Log) {
    this.#flags = flags
    this.#store = store
    this.#file = file
    this.#hasFlags = hasFlags
    this.#now = now
    this.#log = log
  }

  get on(): boolean {
    return this.#file.exists || isEmergency(this.#flags.flags)
  }

  /**
   * By the flag where the store takes it, which every replica hears; by the file of this replica where it does not.
   * @throws BanyanError FLAG_CONFLICT; STORE_UNREACHABLE where an end cannot be made true
   */
  async set({ on, who, why, dryRun }: EmergencyRequest): Promise<EmergencySet> {
    if (on === this.on) return { on, changed: false, scope: 'fleet' }
    if (dryRun) return { on, changed: true, scope: this.#hasFlags ? 'fleet' : 'replica' }
    // The file first: a database that hangs must not hold it up.
    if (on) this.#file.write(who, why, new Date(this.#now()))
    const isFlagSet = this.#hasFlags && (await Promise.race([this.#setFlag(on, who, why), patience()]))
    if (isFlagSet || !on) this.#file.remove()
    if (!on && this.on) throw new BanyanError('STORE_UNREACHABLE', 'the store does not take it: everything still goes to legacy')
    const scope = isFlagSet ? 'fleet' : 'replica'
    this.#log.warn({ on, who, why, scope }, 'everything to legacy')
    return { on, changed: true, scope }
  }

  /** `false`: the store does not take it. @throws BanyanError FLAG_CONFLICT */
  async #setFlag(on: boolean, who: string, why: string): Promise<boolean> {
    const known = this.#flags.flags.find(({ key }) => key === EMERGENCY_FLAG)
    const say = (is: boolean): string => (is ? 'everything to legacy' : 'as the flags say')
    const entry: AuditEntry = { at: this.#now(), who, target: EMERGENCY_FLAG, region: '*', from: say(!on), to: say(on), why }
    let saved: boolean
    try {
      saved = await this.#store.flags.save(emergencyFlag(known, on), known?.version ?? 0, entry)
      await this.#flags.load()
    } catch {
      return false
    }
    if (!saved) throw new BanyanError('FLAG_CONFLICT', `the flag ${EMERGENCY_FLAG} was changed meanwhile`)
    return true
  }
}
