import { z } from 'zod'
import { GATE_DEFAULTS, type Gates } from '../core/evidence/gates.ts'
import { RATIOS } from '../core/evidence/pairs.ts'
import type { Plan, Step } from '../core/rollout/plan.ts'
import { WEEKDAYS } from '../core/rollout/schedule.ts'
import { STAGES } from '../core/routing/stage.ts'
import { parseDuration } from './duration.ts'
import { lintPlan } from './plan-lint.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import { YamlFile } from './yaml-file.ts'

const share = z.number().gt(0).lt(1)

const length = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms === undefined) context.addIssue({ code: 'custom', message: 'must be a length of time, for example 30min, 2h or 1d 12h' })
  return ms ?? 0
})

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time, HH:MM')
const zone = z.string().min(1).describe('time zone, for example Europe/Berlin')

const ratio = (quantile: string) =>
  z
    .literal([...RATIOS, 'none'])
    .optional()
    .describe(`how many times legacy’s ${quantile} of latency the candidate’s may be; \`none\` asks nothing of it`)

const gates = z.union([
  z.literal('none').describe('time and people decide alone; for operations that nothing is compared of'),
  z.strictObject({
    mismatches: share.optional().describe('greatest share of comparisons that may differ'),
    failures: share.optional().describe('greatest share of requests that the candidate may leave without an answer, over what legacy does'),
    p50: ratio('median'),
    p95: ratio('p95'),
    p99: ratio('p99'),
    coverage: z.number().min(0).max(1).optional().describe('least share of the comparable requests that has to have been compared'),
    soak: length.optional().describe('how long there has to have been traffic; 0s asks for none'),
    peak: z.strictObject({ from: time, to: time, zone }).optional().describe('daily hours; a whole one of them serves instead of `soak`'),
    falsePass: share.optional().describe('chance of a false pass, however often it is looked at'),
    falseFail: share.optional().describe('chance of a false fail'),
  }),
])

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
  config: Pick<Config, 'region' | 'environment' | 'operations'>,
): { readonly plan?: Plan; readonly problems: readonly Problem[] } {
  const yaml = new YamlFile(file, text)
  const decoded = yaml.decode(PlanFile)
  if ('problems' in decoded) return { problems: decoded.problems }
  const { version: _version, freeze, steps, group, ...rest } = decoded.value
  const regions = 'value' in config.region ? [config.region.value] : config.region.allow
  const own = steps.filter(({ environment }) => environment === undefined || environment === config.environment)
  const plan: Plan = {
    ...rest,
    ...(group === undefined ? {} : { group }),
    frozen: freeze,
    steps: own.flatMap((one) => stepsOf(one, regions)),
  }
  return { plan, problems: lintPlan({ file: decoded.value, yaml, plan, regions }) }
}

function stepsOf(input: StepInput, all: readonly string[]): readonly Step[] {
  if (input.each === undefined) return [stepOf(input, input.regions ?? all)]
  return input.each.map((region) => stepOf(input, [region]))
}

function stepOf({ name, stage, percent, rest = 'shadow', bake, gates, approval, schedule }: StepInput, regions: readonly string[]): Step {
  const others = percent >= 100 ? stage : rest
  return {
    name: name ?? `${stage}${percent < 100 ? ` ${percent} %` : ''} in ${regions.join(', ')}`,
    regions,
    stage,
    percent,
    rest: others,
    bakeMs: bake,
    ...(gates === 'none' ? {} : { gates: gatesOf(gates) }),
    approval,
    ...(schedule === undefined ? {} : { schedule }),
  }
}

/** Members that are absent keep their default. */
function gatesOf({ soak, ...gates }: Exclude<StepInput['gates'], 'none'>): Gates {
  return { ...GATE_DEFAULTS, ...given(gates), ...(soak === undefined ? {} : { soakMs: soak }) }
}

function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // The cast holds: every member that is left has a value.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
