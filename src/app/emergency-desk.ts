import { resolve } from 'node:path'
import type { EmergencyRequest, EmergencySet } from '../admin/control-plane.ts'
import type { Config } from '../config/schema.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { EMERGENCY_FLAG } from '../core/routing/emergency.ts'
import { EmergencyFile } from '../flags/emergency-file.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { FlagDesk } from './flag-desk.ts'
import { fleetSwitchOf, type FleetSwitch } from './fleet-switch.ts'
import type { RemoteFlags } from './remote-flags.ts'

/** What the store or LaunchDarkly gets to take the flag, in milliseconds. */
const PATIENCE_MS = 3_000

/** Where a person sends everything to legacy, and ends that. */
export class EmergencyDesk {
  readonly #fleet: FleetSwitch
  readonly #file: EmergencyFile
  readonly #now: () => number
  readonly #log: Log

  private constructor(fleet: FleetSwitch, file: EmergencyFile, now: () => number, log: Log) {
    this.#fleet = fleet
    this.#file = file
    this.#now = now
    this.#log = log
  }

  /** @param remote where flags are kept, if not in the store */
  static open(
    { flags: { emergencyFile } }: Config,
    desk: FlagDesk,
    store: Store,
    remote: RemoteFlags | undefined,
    log: Log,
  ): EmergencyDesk {
    return new EmergencyDesk(fleetSwitchOf(desk, store, remote), new EmergencyFile(resolve(emergencyFile)), Date.now, log)
  }

  get on(): boolean {
    return this.#file.exists || this.#fleet.isOn()
  }

  /**
   * By the flag where it is taken, which every replica hears; by the file of this replica where it is not, and until it is. Asked again, it tries again what did not work.
   * @throws BanyanError FLAG_CONFLICT; EMERGENCY_HOLDS where an end cannot be made true
   */
  async set({ on, who, why, dryRun }: EmergencyRequest): Promise<EmergencySet> {
    const isSo = on && this.#fleet.works ? this.#fleet.isOn() : on === this.on
    if (isSo) return { on, changed: false, scope: 'fleet' }
    if (dryRun) return { on, changed: true, scope: this.#fleet.works ? 'fleet' : 'replica' }
    // The file first: what hangs must not hold it up.
    if (on) this.#file.write(who, why, new Date(this.#now()))
    const notReached = await Promise.race([this.#fleet.set(on, this.#entry(on, who, why)), this.#patience()])
    if (!on || (notReached === undefined && !this.#fleet.keepsFile)) this.#file.remove()
    if (!on && this.on)
      throw new BanyanError('EMERGENCY_HOLDS', `everything still goes to legacy: ${notReached ?? 'somebody said so again'}`)
    const scope = notReached === undefined ? 'fleet' : 'replica'
    this.#log.warn({ on, who, why, scope, notReached }, 'everything to legacy')
    return { on, changed: true, scope, ...(notReached === undefined ? {} : { notReached }) }
  }

  #entry(on: boolean, who: string, why: string): AuditEntry {
    const say = (is: boolean): string => (is ? 'everything to legacy' : 'as the flags say')
    return { at: this.#now(), who, target: EMERGENCY_FLAG, region: '*', from: say(!on), to: say(on), why }
  }

  #patience(): Promise<string> {
    const reason = `${this.#fleet.name} did not answer within ${PATIENCE_MS / 1_000} s`
    return new Promise((resolve) => void setTimeout(() => resolve(reason), PATIENCE_MS).unref())
  }
}
