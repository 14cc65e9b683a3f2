import { userInfo } from 'node:os'
import type { Acted, RolloutAction, RolloutView } from '../admin/rollout-views.ts'
import { parseDuration } from '../config/duration.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { identify } from '../core/operation/identify.ts'
import type { Condition } from '../core/rollout/condition.ts'
import type { Plan } from '../core/rollout/plan.ts'
import { EVERY_PLAN } from '../core/rollout/position.ts'
import { describeReplay, describeReplays, type UnitStory } from '../core/rollout/replay.ts'
import { policyStage } from '../core/routing/policy.ts'
import type { Stage } from '../core/routing/stage.ts'
import { BanyanError } from '../errors.ts'
import { adminClient, pathPart } from './admin-client.ts'
import { planOutline, stepsTable } from './plan-outline.ts'
import { loadOrFail } from './serve.ts'
import { table, visible, visibleLines } from './table.ts'

interface Reading {
  readonly json?: boolean
  readonly admin: string
}

/** What the API gives at the most. */
const MOST_UNITS = 1_000

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

export async function listRollouts({ json, admin }: Reading): Promise<number> {
  const views = await fetchViews(admin, json === true ? MOST_UNITS : 1)
  if (json === true) print(views)
  else if (views.length === 0) process.stdout.write('no plans: name their files in `rollouts` of the config\n')
  else {
    const frozen = views[0]?.frozen
    if (frozen !== undefined) process.stdout.write(`every plan is frozen: ${visible(frozen)}\n\n`)
    process.stdout.write(table(['plan', 'status', 'units', 'done', 'taken back', 'waiting for a person', 'why'], views.map(lineOf)))
  }
  return 0
}

function lineOf({ plan, state, counts: { units, conditions } }: RolloutView): readonly string[] {
  const count = (condition: Condition): string => String(conditions[condition] ?? 0)
  return [
    plan.name,
    state?.status ?? 'not started',
    String(units),
    count('done'),
    count('taken back'),
    count('needs a person'),
    state?.why ?? plan.why,
  ]
}

export async function showRollout(name: string, { json, admin }: Reading): Promise<number> {
  const views = await fetchViews(admin, MOST_UNITS)
  const view = views.find(({ plan }) => plan.name === name)
  if (view === undefined)
    throw unknownPlan(
      name,
      views.map(({ plan }) => plan),
    )
  if (json === true) {
    print(view)
    return 0
  }
  const { plan, state, frozen, counts, units } = view
  process.stdout.write(`${plan.name}: ${visible(plan.why)}\n`)
  process.stdout.write(
    state === undefined ? 'not started\n' : `${state.status} since ${when(state.at)} by ${visible(state.who)}: ${visible(state.why)}\n`,
  )
  if (frozen !== undefined) process.stdout.write(`every plan is frozen: ${visible(frozen)}\n`)
  process.stdout.write(`\n${stepsTable(plan)}`)
  if (units.length > 0) {
    const rows = units.map(({ name: unit, position, next }) => [
      unit,
      plan.steps[position.step]?.name ?? 'not begun',
      position.status,
      when(position.since),
      position.ruleVersion ?? '–',
      next === undefined ? position.why : `${next.kind}: ${next.reason}`,
    ])
    process.stdout.write(`\n${table(['unit', 'step', 'status', 'since', 'rules then', 'what comes next'], rows)}`)
    if (counts.units > units.length)
      process.stdout.write(`and ${counts.units - units.length} more; those that need somebody are all above, or come first\n`)
  }
  return 0
}

/** A week: what was asked in it is asked. */
const SEEN_MINUTES = '10080'

interface PlanOptions extends Reading {
  readonly config: string
  readonly replay?: string
}

/** What the plan would do, step by step, with what the manifests and a running Banyan know; with `replay`, on what it has recorded. */
export async function planRollout(name: string, { config, replay, json, admin }: PlanOptions): Promise<number> {
  if (replay !== undefined) return replayRollout(name, replay, { admin, ...(json === undefined ? {} : { json }) })
  const loaded = loadOrFail({ config })
  const plan = loaded.plans.find((one) => one.name === name)
  if (plan === undefined) throw unknownPlan(name, loaded.plans)
  if (json === true) print(plan)
  else {
    const { operations, splits } = await seenAt(admin, name)
    const known = [...new Set([...storedOperations(loaded), ...operations])]
    const policy = (operation: string): Stage => policyStage(loaded.config.operations, operation)
    process.stdout.write(visibleLines(planOutline(plan, { known, policy, splits })))
  }
  return 0
}

/** Keys of what the manifests hold. */
function storedOperations({ documents }: Pick<LoadedConfig, 'documents'>): readonly string[] {
  return documents.flatMap(([, query]) => {
    const identified = identify({ query })
    return identified.kind === 'operation' ? [identified.operation.key] : []
  })
}

/** What a running Banyan has seen, and what the plan takes apart of it; nothing where none runs, which a plan can do without. */
async function seenAt(
  admin: string,
  plan: string,
): Promise<{ readonly operations: readonly string[]; readonly splits: readonly string[] }> {
  const client = adminClient(admin)
  try {
    const { rows } = await (await client.overview.$get({ query: { minutes: SEEN_MINUTES } })).json()
    const { splits } = await (await client.rollouts.groups.$get()).json()
    return {
      operations: rows.map(({ operation }) => operation),
      splits: splits.flatMap((split) => (split.plan === plan ? [split.message] : [])),
    }
  } catch {
    return { operations: [], splits: [] }
  }
}

/** What the API takes. */
const LONGEST_REPLAY_MS = 30 * 86_400_000

async function replayRollout(name: string, length: string, { json, admin }: Reading): Promise<number> {
  const ms = parseDuration(length)
  if (ms === undefined) throw new BanyanError('BAD_USAGE', `${length} is no length of time`, 'write for example 24h or 7d')
  if (ms > LONGEST_REPLAY_MS)
    throw new BanyanError('BAD_USAGE', `${length} is more than the 30 days that can be replayed`, 'write 30d or less')
  const minutes = String(Math.max(1, Math.ceil(ms / 60_000)))
  const answer = await adminClient(admin).rollouts[':plan'].replay.$get({ param: { plan: pathPart(name) }, query: { minutes } })
  const stories = (await answer.json()) as readonly UnitStory[] // JSON leaves out what is absent
  if (json === true) {
    print(stories)
    return 0
  }
  if (stories.length === 0) process.stdout.write('no operation of the plan was seen in this time\n')
  for (const { unit, story } of stories) {
    const rows = story.map(({ at, kind, step, reason }) => [when(at), kind, step ?? '', reason])
    const sentence = describeReplay(story, ms)
    process.stdout.write(`${visible(unit)}\n${table(['when', 'what', 'step', 'why'], rows)}\n${visible(sentence)}\n\n`)
  }
  const together = describeReplays(stories, ms)
  if (together !== undefined) process.stdout.write(`${together}\n`)
  return 0
}

export interface ActOptions extends Reading {
  readonly unit?: string
  readonly why: string
  readonly by?: string
  readonly dryRun?: boolean
}

/** What a person decides about a plan, or with `EVERY_PLAN` about all of them. */
export async function actOnRollout(
  act: RolloutAction['act'],
  plan: string,
  { unit, why, by, dryRun = false, json, admin }: ActOptions,
): Promise<number> {
  const body = { act, why, who: by ?? userInfo().username, dryRun, ...(unit === undefined ? {} : { unit }) }
  const acted = await (await adminClient(admin).rollouts[':plan'].$post({ param: { plan: pathPart(plan) }, json: body })).json()
  if (json === true) print(acted)
  else process.stdout.write(actedText(acted))
  return 0
}

function actedText({
  dryRun,
  changes,
  unchanged = [],
}: Pick<Acted, 'dryRun' | 'changes'> & { readonly unchanged?: readonly string[] | undefined }): string {
  if (changes.length === 0 && unchanged.length === 0) return 'nothing to change\n'
  const left = changes.length === 0 ? 'nothing to change: ' : 'left as it is: '
  return [...changes.map((line) => (dryRun ? `would change ${line}` : line)), ...unchanged.map((line) => `${left}${line}`)]
    .map((line) => `${visible(line)}\n`)
    .join('')
}

export const freeze = (options: ActOptions): Promise<number> => actOnRollout('pause', EVERY_PLAN, options)
export const unfreeze = (options: ActOptions): Promise<number> => actOnRollout('resume', EVERY_PLAN, options)

/** @param limit of the units of each plan */
async function fetchViews(admin: string, limit: number): Promise<readonly RolloutView[]> {
  const answer = await adminClient(admin).rollouts.$get({ query: { limit: String(limit) } })
  return (await answer.json()) as readonly RolloutView[] // JSON leaves out what is absent
}

function when(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

function unknownPlan(name: string, plans: readonly Plan[]): BanyanError {
  const known = plans.map((plan) => plan.name).join(', ')
  return new BanyanError(
    'UNKNOWN_PLAN',
    `no plan ${name}`,
    known === '' ? 'name its file in `rollouts` of the config' : `known plans: ${known}`,
  )
}
