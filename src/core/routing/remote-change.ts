import { describeStanding, lineFor } from './flag-lines.ts'
import type { Flag } from './flag.ts'
import { patchFor, type Instruction, type RemoteFlag } from './remote-flag.ts'
import { setStage } from './set-stage.ts'
import type { Stage } from './stage.ts'

/** Where an operation stands in a region. */
export interface RegionStanding {
  /** `*` for every region without a rule of its own. */
  readonly region: string
  readonly stage: Stage
  readonly percent: number
  readonly rest: Stage
}

/** What one flag of LaunchDarkly shall say that it does not say yet. */
export interface Want {
  readonly flag: string
  readonly operations: readonly string[]
  /** Where its operations stand without a flag. */
  readonly base: Stage
  /** What it said when this was decided. Where it says anything else by now, somebody changed it. */
  readonly from: readonly RegionStanding[]
  readonly to: readonly RegionStanding[]
}

/** What has to be done for a want. */
export type RemoteChange =
  | { readonly kind: 'done' }
  | { readonly kind: 'create' }
  | { readonly kind: 'patch'; readonly instructions: readonly Instruction[] }
  /** Somebody changed what this is about, and it is not for us to write over it. */
  | { readonly kind: 'changed'; readonly reason: string }
  /** A person has to do something in LaunchDarkly first. */
  | { readonly kind: 'obstacle'; readonly reason: string }

/** Kinds of which every request has the same few: a target for one of them is a rule for everybody, and is asked before all rules. */
const COMMON_KINDS: ReadonlySet<unknown> = new Set(['region', 'environment', 'operation', 'client'])

/**
 * What has to be done so that a flag says what is wanted. Asking again after it was done gives `done`, so nothing is done twice.
 * @param remote as LaunchDarkly has it now; `undefined` where there is no such flag
 * @param forward more may come to the candidate by it; going back has fewer conditions
 */
export function remoteChange(remote: RemoteFlag | undefined, want: Want, forward: boolean): RemoteChange {
  const now = standingsOf(remote?.flag, want)
  if (now.every((one, index) => isSame(one, want.to[index]))) return { kind: 'done' }
  const moved = now.findIndex((one, index) => !isSame(one, want.from[index]))
  if (moved !== -1) {
    const [is, was] = [now[moved], want.from[moved]].map((one) => (one === undefined ? 'nothing' : describeStanding(one)))
    return { kind: 'changed', reason: `the flag ${want.flag} says ${is} in ${now[moved]?.region} and not ${was} any more` }
  }
  // There is nothing to take back where there is no flag.
  if (remote === undefined) return { kind: forward ? 'create' : 'done' }
  const obstacle = obstacleTo(remote, want, forward)
  if (obstacle !== undefined) return { kind: 'obstacle', reason: `the flag ${want.flag} ${obstacle}` }
  const { flag } = remote
  const set = want.to.reduce<Flag>((so, { region, ...standing }) => {
    const change = { ...standing, operations: want.operations, ...(region === '*' ? {} : { region }) }
    return setStage(so, flag.key, change, want.base)
  }, flag)
  // Going back is no reason to switch on what a person switched off.
  const after = { ...set, on: flag.on || forward }
  const hidden = standingsOf({ ...after, on: true }, want).find((one, index) => !isSame(one, want.to[index]))
  const instructions = patchFor(remote, after)
  if (instructions.length === 0) return { kind: 'done' }
  return hidden === undefined
    ? { kind: 'patch', instructions }
    : { kind: 'obstacle', reason: `the flag ${want.flag} has a rule that answers for ${hidden.region} before ours would: move it down` }
}

/** Where a want's operations stand; the furthest where they do not stand together, which then is no place that was wanted. */
export function standingsOf(
  flag: Flag | undefined,
  { operations, base, to }: Pick<Want, 'operations' | 'base' | 'to'>,
): readonly RegionStanding[] {
  return to.map(({ region }) => {
    if (flag === undefined) return { region, stage: base, percent: 100, rest: base }
    const [first, ...others] = operations.map((operation) => {
      const { stage, percent, rest } = lineFor(flag, operation, region)
      return { region, stage, percent, rest }
    })
    const odd = others.find((one) => first !== undefined && !isSame(one, first))
    return odd ?? first ?? { region, stage: base, percent: 100, rest: base }
  })
}

export function isSame(a: RegionStanding, b: RegionStanding | undefined): boolean {
  if (b === undefined || a.stage !== b.stage) return false
  const [share, other] = [a, b].map((one) => (one.stage === one.rest ? 100 : Math.round(one.percent * 1_000) / 1_000))
  return share === other && (share === 100 || a.rest === b.rest)
}

function obstacleTo({ flag, archived }: RemoteFlag, { to }: Want, forward: boolean): string | undefined {
  if (archived) return 'is archived: restore it'
  const stages = new Set(to.flatMap(({ stage, percent, rest }) => (percent < 100 ? [rest, stage] : [stage])))
  const missing = [...stages].find((stage) => !flag.variations.includes(stage))
  if (missing !== undefined)
    return `has no variation \`${missing}\`: it must be a migration flag or a string flag with the names of the stages`
  const common = list(flag['contextTargets']).find((target) => COMMON_KINDS.has(target['contextKind']) && list(target['values']).length > 0)
  if (common !== undefined)
    return `has targets of the kind ${String(common['contextKind'])}, which are asked before its rules: take them out`
  if (!forward) return undefined
  if (list(flag['prerequisites']).length > 0) return 'has prerequisites, and says what it says only while they do: take them out'
  // Switched on, it would say something new to those that nothing was decided about.
  const isQuiet = (flag.rules ?? []).length === 0 && flag.fallthrough.variation === flag.offVariation && list(flag['targets']).length === 0
  return flag.on || isQuiet ? undefined : 'is switched off: look at what it would say, and switch it on'
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((one) => one !== null && one !== undefined) : []
}
