import type { Assignment } from './decide.ts'
import type { Flag } from './flag.ts'
import type { RemoteChange } from './remote-change.ts'
import type { Instruction, RemoteFlag } from './remote-flag.ts'

/** While this flag is on, legacy serves every request, whatever other flags say. In LaunchDarkly it is a boolean flag. */
export const EMERGENCY_FLAG = 'banyan.everything-to-legacy'

/** What every operation gets while everything goes to legacy. */
export const EMERGENCY: Assignment = { stage: 'off', flag: EMERGENCY_FLAG, reason: 'EMERGENCY' }

export function isEmergency(flags: readonly Flag[]): boolean {
  return flags.some((flag) => flag.key === EMERGENCY_FLAG && flag.on && serves(flag, flag.fallthrough.variation) !== false)
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

/** What the flag in LaunchDarkly says where it is made by us. */
export const EMERGENCY_VARIATIONS: readonly boolean[] = [true, false]

/**
 * What has to be done so that LaunchDarkly's flag sends everything to legacy, or no longer does.
 * @param remote `undefined` where there is no such flag
 */
export function emergencyChange(remote: RemoteFlag | undefined, on: boolean): RemoteChange {
  if (remote === undefined) return { kind: on ? 'create' : 'done' }
  const { flag, archived, variationIds } = remote
  const obstacle = (reason: string): RemoteChange => ({ kind: 'obstacle', reason: `the flag ${EMERGENCY_FLAG} ${reason}` })
  if (!on) {
    if (flag.on) return { kind: 'patch', instructions: [{ kind: 'turnFlagOff' }] }
    return serves(flag, flag.offVariation) === true
      ? obstacle('says `true` though it is switched off: mend its off variation')
      : { kind: 'done' }
  }
  if (archived) return obstacle('is archived: restore it')
  const yes = variationIds[flag.variations.indexOf(true)]
  if (yes === undefined) return obstacle('is no boolean flag')
  const instructions: readonly Instruction[] = [
    ...(serves(flag, flag.fallthrough.variation) === true
      ? []
      : [{ kind: 'updateFallthroughVariationOrRollout' as const, variationId: yes }]),
    ...(flag.on ? [] : [{ kind: 'turnFlagOn' as const }]),
  ]
  if (instructions.length > 0) return { kind: 'patch', instructions }
  const exceptions = ['rules', 'targets', 'contextTargets', 'prerequisites'].filter((name) => {
    const list = flag[name]
    return Array.isArray(list) && list.length > 0
  })
  return exceptions.length === 0
    ? { kind: 'done' }
    : obstacle(`is on, and has ${exceptions.join(' and ')} that may say otherwise: take them out`)
}

function serves({ variations }: Flag, index: number | undefined): unknown {
  return index === undefined ? undefined : variations[index]
}
