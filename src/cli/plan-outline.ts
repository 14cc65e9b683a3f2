import { duration } from '../core/evidence/duration.ts'
import { requestsNeeded } from '../core/evidence/forecast.ts'
import { percent } from '../core/evidence/gate-words.ts'
import type { Gates } from '../core/evidence/gates.ts'
import { FLEET_ERROR } from '../core/rollout/fleet.ts'
import { standingBefore, unitsOf, type Plan, type Step } from '../core/rollout/plan.ts'
import { describeSchedule } from '../core/rollout/schedule.ts'
import { describeStanding } from '../core/routing/flag-lines.ts'
import { rolesFor, type Stage } from '../core/routing/stage.ts'
import { table } from './table.ts'

/** What is known of where a plan would act. */
export interface Surroundings {
  /** Keys of operations, as far as anybody knows them. */
  readonly known: readonly string[]
  /** Where an operation stands while no flag says otherwise. */
  readonly policy: (operation: string) => Stage
  /** What it takes apart of what shares types. */
  readonly splits: readonly string[]
}

/** What would happen, step by step: what moves as one, and of every step what it changes, when it is entered and left, and what takes it back. */
export function planOutline(plan: Plan, surroundings: Surroundings): string {
  const steps = plan.steps.map((step, index) => stepText(plan, step, index, surroundings))
  return `${plan.name}: ${plan.why}\n${unitsText(plan, surroundings)}\n\n${steps.join('\n')}\n${leastTime(plan)}\n`
}

function unitsText(plan: Plan, { known, splits }: Surroundings): string {
  const { operations, group } = plan
  const units = unitsOf(plan, known)
  const how = group === undefined ? 'each operation by itself' : `all together as ${group}`
  const seen = units.flatMap((unit) => unit.operations)
  const now =
    seen.length === 0
      ? ['none of them is known yet: whatever is seen and fits begins at the first step']
      : [...seen.map((operation) => `- ${operation}`), ...amongUnits(units.length)]
  return [`moves ${operations.join(', ')}, ${how}`, ...now, ...splits.map((split) => `! ${split}`)].join('\n')
}

/** One unit needs what its gates ask; of many, the first ones need more. */
function amongUnits(units: number): readonly string[] {
  const first = Math.round(units / FLEET_ERROR)
  return units < 2
    ? []
    : [
        `${units} units: the first to pass a step needs an e-value of ${first.toLocaleString('en')}, all at once ${Math.round(1 / FLEET_ERROR)}`,
      ]
}

function stepText(plan: Plan, step: Step, index: number, surroundings: Surroundings): string {
  const rows: readonly (readonly [string, string])[] = [
    ...step.regions.map(
      (region) => [`in ${region}`, `${describeStanding(step)}; before: ${beforeText(plan, index, region, surroundings)}`] as const,
    ),
    ['entered', enteredText(step, index)],
    ['left', leftText(plan, step)],
    ...backText(step),
  ]
  const width = Math.max(...rows.map(([what]) => what.length))
  return `step ${index + 1}, ${step.name}\n${rows.map(([what, text]) => `  ${what.padEnd(width)}  ${text}\n`).join('')}`
}

function beforeText(plan: Plan, index: number, region: string, { known, policy }: Surroundings): string {
  const own = unitsOf(plan, known).flatMap(({ operations }) => operations)
  const standings = new Set(own.map((operation) => describeStanding(standingBefore(plan, index, region, policy(operation)))))
  const earlier = plan.steps.slice(0, index).findLast(({ regions }) => regions.includes(region))
  if (standings.size > 0) return [...standings].join(' or ')
  return earlier === undefined ? 'as the config says' : describeStanding(earlier)
}

function enteredText({ approval, schedule }: Step, index: number): string {
  const when = index === 0 ? 'when the plan is started' : `when step ${index} is left`
  const who = approval === 'person' ? ['a person lets each unit in'] : []
  return [when, ...who, ...(schedule === undefined ? [] : [describeSchedule(schedule)])].join(', ')
}

function leftText({ onInconclusive }: Plan, { bakeMs, gates }: Step): string {
  const bake = bakeMs === 0 ? '' : `after ${duration(bakeMs)}, `
  if (gates === undefined) return `${bake}without gates`
  const waits = onInconclusive === 'ask' ? 'a person is asked where they know too little' : 'until then it waits'
  return `${bake}when in every region ${gatesText(gates)}: at the least ${fewest(gates)} comparisons of each operation; ${waits}`
}

function gatesText({ mismatches, failures, p50, p95, p99, coverage, minKeys, soakMs, peak }: Gates): string {
  const slower = Object.entries({ p50, p95, p99 }).flatMap(([name, ratio]) => (ratio === 'none' ? [] : [`${name} ≤ ${ratio}×`]))
  const keys = minKeys === 0 ? [] : [`${minKeys} different requests`]
  const soak = soakMs === 0 ? [] : [`${duration(soakMs)} of traffic${peak === undefined ? '' : ' or a peak'}`]
  return [
    `differ ≤ ${percent(mismatches)}`,
    `fail ≤ ${percent(failures)}`,
    ...slower,
    `compared ≥ ${percent(coverage)}`,
    ...keys,
    ...soak,
  ].join(', ')
}

/** So many without a difference. */
function fewest({ mismatches, falsePass }: Gates): string {
  return (
    requestsNeeded({ values: [1, 0], counts: [0, 0] }, [0, 1], mismatches, Math.log(1 / falsePass))?.toLocaleString('en') ?? 'no number of'
  )
}

function backText({ stage }: Step): readonly (readonly [string, string])[] {
  return rolesFor(stage, 'query').primary === 'candidate'
    ? [['back', 'a region whose gates fail or that alarms the guard goes where it was, by itself and at once']]
    : [['back', 'by nobody: clients are served by legacy; where gates fail a person is asked']]
}

/** The steps at a glance. */
export function stepsTable({ steps }: Plan): string {
  const rows = steps.map((step, index) => [
    String(index + 1),
    step.regions.join(', '),
    describeStanding(step),
    duration(step.bakeMs),
    step.gates === undefined ? 'none' : gatesText(step.gates),
    [step.approval === 'person' ? 'a person' : 'by itself', ...(step.schedule === undefined ? [] : [describeSchedule(step.schedule)])].join(
      ', ',
    ),
  ])
  return table(['step', 'regions', 'stage', 'bakes', 'gates to leave it', 'entered'], rows)
}

function leastTime({ steps }: Plan): string {
  const least = steps.reduce((sum, { bakeMs, gates }) => sum + Math.max(bakeMs, gates?.soakMs ?? 0), 0)
  return `at the least ${duration(least)} from the first step to the end`
}
