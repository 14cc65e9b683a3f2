import { standingBefore, type Plan } from '../core/rollout/plan.ts'
import { rolesFor, STAGES } from '../core/routing/stage.ts'
import { nearest } from './nearest.ts'
import { patternProblem } from './pattern-problem.ts'
import type { PlanFile } from './plans.ts'
import type { Problem } from './problem.ts'
import type { YamlFile } from './yaml-file.ts'

interface Linted {
  readonly file: PlanFile
  readonly yaml: YamlFile
  readonly plan: Plan
  /** Every region that requests can have. */
  readonly regions: readonly string[]
}

type Check = (linted: Linted) => readonly Problem[]

/** What a plan can say and nobody can mean. */
const CHECKS: readonly Check[] = [
  ({ file, yaml }) =>
    file.operations.flatMap((pattern, index) => {
      const wrong = patternProblem(pattern)
      return wrong === undefined ? [] : [yaml.problem(['operations', index], wrong.message, wrong.fix)]
    }),
  ({ file, yaml, regions }) =>
    file.steps.flatMap((step, index) =>
      (['regions', 'each'] as const).flatMap((key) =>
        (step[key] ?? []).flatMap((region, place) => {
          if (regions.includes(region)) return []
          const like = nearest(region, regions)
          const fix = like === undefined ? `known regions: ${regions.join(', ')}` : `did you mean \`${like}\`?`
          return [yaml.problem(['steps', index, key, place], `unknown region \`${region}\``, fix)]
        }),
      ),
    ),
  ({ file, yaml }) =>
    file.steps.flatMap(({ regions, each }, index) =>
      regions !== undefined && each !== undefined
        ? [yaml.problem(['steps', index, 'each'], 'a step has either `regions` or `each`', 'keep `each` for one region after the other')]
        : [],
    ),
  ({ file, yaml }) =>
    file.steps.flatMap(({ schedule }, index) => {
      if (schedule === undefined) return []
      if (!isZone(schedule.zone)) return [noZone(yaml, ['steps', index, 'schedule', 'zone'], schedule.zone)]
      return schedule.from < schedule.to
        ? []
        : [
            yaml.problem(
              ['steps', index, 'schedule'],
              'the schedule ends before it begins',
              'let `from` be earlier than `to`, on the same day',
            ),
          ]
    }),
  ({ file, yaml }) =>
    file.steps.flatMap(({ gates }, index) => {
      const zone = gates === 'none' ? undefined : gates.peak?.zone
      return zone === undefined || isZone(zone) ? [] : [noZone(yaml, ['steps', index, 'gates', 'peak', 'zone'], zone)]
    }),
  ({ plan, yaml }) =>
    plan.steps.length === 0
      ? [yaml.problem(['steps'], 'no step is for this environment', 'add one without `environment`, or with this one')]
      : [],
  ({ plan, yaml }) =>
    backward(plan).map((message) => yaml.problem(['steps'], message, 'a plan only goes forward; going back is Banyan’s part')),
  ({ plan, yaml }) =>
    unseen(plan).map((message) =>
      yaml.problem(
        ['steps'],
        message,
        'add a step `stage: shadow` before it, or `gates: none` to the live step if nothing can be compared',
      ),
    ),
  ({ file, plan, yaml }) =>
    file.operations.some((pattern) => !/^(query|read):/.test(pattern)) && plan.steps.some(({ gates }) => gates !== undefined)
      ? [
          yaml.problem(
            ['operations'],
            'only queries and reads are compared, so the gates of others never pass',
            'give them a plan of their own with `gates: none` and `approval: person`',
          ),
        ]
      : [],
]

export function lintPlan(linted: Linted): readonly Problem[] {
  return CHECKS.flatMap((check) => check(linted))
}

/** Steps that take subjects away from where an earlier step brought them. */
function backward({ steps }: Plan): readonly string[] {
  return steps.flatMap(({ name, regions, stage, percent }, index) =>
    regions.flatMap((region) => {
      const before = steps.slice(0, index).findLast((step) => step.regions.includes(region))
      if (before === undefined) return []
      const by = STAGES.indexOf(stage) - STAGES.indexOf(before.stage)
      return by < 0 || (by === 0 && percent < before.percent) ? [`step ${name} goes back from step ${before.name} in ${region}`] : []
    }),
  )
}

/** Steps that give clients an answer of the candidate where nothing was compared before. */
function unseen(plan: Plan): readonly string[] {
  return plan.steps.flatMap(({ name, regions, stage, gates }, index) => {
    if (gates === undefined || rolesFor(stage, 'query').primary !== 'candidate') return []
    const blind = regions.filter((region) => ['off', 'dualwrite'].includes(standingBefore(plan, index, region, 'off').stage))
    return blind.length === 0 ? [] : [`step ${name} goes live in ${blind.join(', ')} without having been compared there`]
  })
}

function noZone(yaml: YamlFile, path: readonly (string | number)[], zone: string): Problem {
  return yaml.problem(path, `\`${zone}\` is no time zone`, 'write a name of the time zone database, for example Europe/Berlin')
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
}
