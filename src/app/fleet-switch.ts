import type { AuditEntry } from '../core/rollout/audit.ts'
import { EMERGENCY_FLAG, emergencyFlag, isEmergency } from '../core/routing/emergency.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import { commentOf, type FlagDesk } from './flag-desk.ts'
import type { RemoteFlags } from './remote-flags.ts'

/** How every replica is told that everything goes to legacy, or no longer does. */
export interface FleetSwitch {
  /** What is asked, for people. */
  readonly name: string
  /** Whether it may be asked at all. */
  readonly works: boolean
  /** Edges hear of it by a stream of their own, and perhaps not at once: the file of this replica stays until it is ended. */
  readonly keepsFile: boolean
  /** Whether its flag says so, as far as is known here. */
  readonly isOn: () => boolean
  /**
   * `undefined`: it is so. Otherwise why not, in words.
   * @throws BanyanError FLAG_CONFLICT
   */
  readonly set: (on: boolean, entry: AuditEntry) => Promise<string | undefined>
}

/** @param remote where flags are kept, if not in the store */
export function fleetSwitchOf(flags: FlagDesk, store: Store, remote: RemoteFlags | undefined): FleetSwitch {
  return remote === undefined ? storeSwitch(flags, store) : launchDarklySwitch(flags, store, remote)
}

/** By the flag in our own store, with its entry in the record. */
function storeSwitch(flags: FlagDesk, store: Store): FleetSwitch {
  return {
    name: 'the store',
    works: true,
    keepsFile: false,
    isOn: () => isEmergency(flags.flags),
    set: async (on, entry) => {
      const known = flags.flags.find(({ key }) => key === EMERGENCY_FLAG)
      let saved: boolean
      try {
        saved = await store.flags.save(emergencyFlag(known, on), known?.version ?? 0, entry)
        await flags.load()
      } catch {
        return 'the store does not take it'
      }
      if (!saved) throw new BanyanError('FLAG_CONFLICT', `the flag ${EMERGENCY_FLAG} was changed meanwhile`)
      return undefined
    },
  }
}

/** By the flag in LaunchDarkly, with what became of it in the record: that is written even where LaunchDarkly does not answer. */
function launchDarklySwitch(flags: FlagDesk, store: Store, remote: RemoteFlags): FleetSwitch {
  return {
    name: 'LaunchDarkly',
    works: remote.moves,
    keepsFile: true,
    isOn: () => isEmergency(flags.flags),
    set: async (on, entry) => {
      const brought = await remote.sendToLegacy(on, commentOf(entry))
      const trouble = brought.kind === 'done' ? undefined : brought.reason
      const why = trouble === undefined ? entry.why : `${entry.why} (by the file of this replica alone: ${trouble})`
      // The record is not waited for: it may be in a database that hangs.
      void store.flags.note({ ...entry, why }).catch(() => undefined)
      if (trouble === undefined) await flags.load()
      return trouble
    },
  }
}
