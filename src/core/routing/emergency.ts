import type { Assignment } from './decide.ts'
import type { Flag } from './flag.ts'

/** While this flag is on, legacy serves every request, whatever other flags say. In LaunchDarkly it is a boolean flag. */
export const EMERGENCY_FLAG = 'banyan.everything-to-legacy'

/** What every operation gets while everything goes to legacy. */
export const EMERGENCY: Assignment = { stage: 'off', flag: EMERGENCY_FLAG, reason: 'EMERGENCY' }

export function isEmergency(flags: readonly Flag[]): boolean {
  return flags.some(({ key, on }) => key === EMERGENCY_FLAG && on)
}

/** The flag as our own store keeps it: it serves `true` while it is on. */
export function emergencyFlag(known: Flag | undefined, on: boolean): Flag {
  return {
    key: EMERGENCY_FLAG,
    version: (known?.version ?? 0) + 1,
    on,
    variations: [true, false],
    offVariation: 1,
    fallthrough: { variation: 0 },
  }
}
