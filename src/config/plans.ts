import { z } from 'zod'
import type { Plan, Step } from '../core/rollout/plan.ts'
import { WEEKDAYS } from '../core/rollout/schedule.ts'
import { STAGES } from '../core/routing/stage.ts'
import { GateNumbers, gatesOf, given, GuardNumbers, length, time, zone } from './gate-schema.ts'
import { lintPlan } from './plan-lint.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import { YamlFile } from './yaml-file.ts'

const gates = z.union([z.literal('none').describe('time and people decide alone; for operations that nothing is compared of'), GateNumbers])

const step = z.strictObject({
  name: z.string().min(1).optional().describe('default: what the step does'),
  environment: z.string().min(1).optional().describe('only where Banyan runs in this environment; elsewhere the step is left out'),
  regions: z.array(z.string().min(1)).min(1).optional().describe('all of these at once; default: every region'),
  each: z.array(z.string().min(1)).min(1).optional().describe('one of these after the other: a step for each'),
  stage: z.enum(STAGES),
  percent: z.number().min(0).max(100).prefault(100).describe('share of subjects that get the stage'),
  rest: z.enum(STAGES).optional().describe('stage of the other subjects; default: shadow'),
  bake: length.prefault('0s').describe('least time at this step'),
  gates: gates
    .prefault({})
    .describe('what evidence of this step has to show before the next; numbers that are not given have their defaults'),
  guard: GuardNumbers.prefault({}).describe('what the guard lets pass while the candidate serves at this step'),
  approval: z.enum(['automatic', 'person']).prefault('automatic').describe('who lets operations into this step'),
  schedule: z
    .strictObject({
      days: z.array(z.enum(WEEKDAYS)).min(1).prefault(['mon', 'tue', 'wed', 'thu', 'fri']),
      from: time.prefault('09:00'),
      to: time.prefault('17:00'),
      zone,
    })
    .optional()
    .describe('when operations may be let into this step; going back needs no hour'),
})

/** The shape of `rollouts/*.yaml`: one plan a file. */
export const PlanFile = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be small letters, digits and dashes'),
  why: z.string().min(1),
  operations: z.array(z.string().min(1)).min(1).describe('keys or patterns: query:GetUser, query:Get*'),
  group: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be small letters, digits and dashes')
    .optional()
    .describe('all operations move as one, under this name; without it each moves by itself'),
  splits: z
    .string()
    .min(1)
    .optional()
    .describe('why it is well that the plan moves a part of what shares types, or one after the other; without it `banyan check` warns'),
  onInconclusive: z.enum(['hold', 'ask']).prefault('hold').describe('when a step has baked and its gates know too little'),
  freeze: z.boolean().prefault(false).describe('holds every forward step while it stands here'),
  steps: z.array(step).min(1),
})
export type PlanFile = z.output<typeof PlanFile>
type StepInput = PlanFile['steps'][number]

/** Reads one plan, as it is for this environment and these regions. */
export function readPlan(
  file: string,
  text: string,
  config: Pick<Config, 'region' | 'environment' | 'operations'> & Defaults,
): { readonly plan?: Plan; readonly problems: readonly Problem[] } {
  const yaml = new YamlFile(file, text)
  const decoded = yaml.decode(PlanFile)
  if ('problems' in decoded) return { problems: decoded.problems }
  const { version: _version, freeze, steps, group, splits, ...rest } = decoded.value
  const regions = 'value' in config.region ? [config.region.value] : config.region.allow
  const own = steps.filter(({ environment }) => environment === undefined || environment === config.environment)
  const plan: Plan = {
    ...rest,
    ...(group === undefined ? {} : { group }),
    ...(splits === undefined ? {} : { splits }),
    frozen: freeze,
    steps: own.flatMap((one) => stepsOf(one, regions, config)),
  }
  return { plan, problems: lintPlan({ file: decoded.value, yaml, plan, regions }) }
}

/** What the config says for every plan. */
type Defaults = Partial<Pick<Config, 'gates' | 'guard'>>

function stepsOf(input: StepInput, all: readonly string[], defaults: Defaults): readonly Step[] {
  if (input.each === undefined) return [stepOf(input, input.regions ?? all, defaults)]
  return input.each.map((region) => stepOf(input, [region], defaults))
}

function stepOf(
  { name, stage, percent, rest = 'shadow', bake, gates, guard, approval, schedule }: StepInput,
  regions: readonly string[],
  defaults: Defaults,
): Step {
  const { absence: _absence, ...numbers } = defaults.guard ?? {}
  const others = percent >= 100 ? stage : rest
  return {
    name: name ?? `${stage}${percent < 100 ? ` ${percent} %` : ''} in ${regions.join(', ')}`,
    regions,
    stage,
    percent,
    rest: others,
    bakeMs: bake,
    ...(gates === 'none' ? {} : { gates: gatesOf({ ...given(defaults.gates ?? {}), ...given(gates) }) }),
    guard: { ...given(numbers), ...given(guard) },
    approval,
    ...(schedule === undefined ? {} : { schedule }),
  }
}
