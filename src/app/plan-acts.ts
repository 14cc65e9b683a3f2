import type { Acted, RolloutAction } from '../admin/rollout-views.ts'
import { positionAfter, type Situation, type Transition } from '../core/rollout/advance.ts'
import type { Decided } from '../core/rollout/decide-units.ts'
import type { Plan } from '../core/rollout/plan.ts'
import { EVERY_PLAN, statusName, type PlanState } from '../core/rollout/position.ts'
import { partsOf } from '../core/operation/operation.ts'
import { BanyanError } from '../errors.ts'
import { whyLeftAlone } from './left-alone.ts'
import { conflict, refusalOf } from './rollout-refusal.ts'
import { nextName, placeName, type Author, type Held, type RolloutBook } from './rollout-book.ts'
import type { Uptime } from './uptime.ts'

/** Both ways in which time is told. */
interface Time {
  readonly now: () => number
  readonly uptime: Uptime
}

/** What people do about plans and their units. */
export class PlanActs {
  readonly #book: RolloutBook
  readonly #time: Time
  readonly #move: (decided: Decided, author: Author) => Promise<boolean>

  /** @param move makes a transition so; `false`: somebody else wrote in between */
  constructor(book: RolloutBook, time: Time, move: (decided: Decided, author: Author) => Promise<boolean>) {
    this.#book = book
    this.#time = time
    this.#move = move
  }

  /**
   * What a person decides. `dryRun` says what would change and changes nothing.
   * @throws BanyanError UNKNOWN_PLAN, UNKNOWN_UNIT, ROLLOUT_CONFLICT, FLAGS_REFUSED
   */
  async act(action: RolloutAction): Promise<Acted> {
    if (action.unit !== undefined && (action.act === 'start' || action.act === 'pause'))
      throw new BanyanError('BAD_USAGE', `${action.act} is about the whole plan`, 'leave the unit out')
    const { changes, unchanged } = await (action.plan === EVERY_PLAN
      ? this.#actOnAll(action)
      : this.#actOn(await this.plan(action.plan), action))
    return { dryRun: action.dryRun, changes, ...(unchanged.length === 0 ? {} : { unchanged }) }
  }

  async #actOnAll(action: RolloutAction): Promise<Done> {
    if (action.act === 'pause' || action.act === 'resume') return this.#decide(EVERY_PLAN, STATUS[action.act], action)
    if (action.act !== 'rollback') throw new BanyanError('BAD_USAGE', `${action.act} is about one plan`, 'name the plan')
    const started = new Set((await this.#book.states()).map(({ plan }) => plan))
    return eachOf(
      this.#book.plans.filter(({ name }) => started.has(name)),
      (plan) => this.#actOn(plan, action),
    )
  }

  async #actOn(plan: Plan, action: RolloutAction): Promise<Done> {
    const { act, unit: asked } = action
    const units = await this.#units(plan, asked)
    const state = (await this.#book.states()).find((one) => one.plan === plan.name)
    if (state === undefined && act !== 'start' && act !== 'pause')
      throw new BanyanError('BAD_USAGE', `the plan ${plan.name} was not started`, `\`banyan rollout start ${plan.name}\` begins it`)
    // What is said of one unit changes nothing for the others.
    const isWhole = asked === undefined && (act === 'start' || act === 'pause' || act === 'resume')
    const decided = isWhole ? await this.#decide(plan.name, STATUS[act], action) : NOTHING
    if (act === 'start' || act === 'pause') return decided
    if (!isWhole && units.length === 0) return { changes: [], unchanged: [`${plan.name}: no operation of it was seen yet`] }
    return together([decided, await eachOf(units, (unit) => this.#actOnUnit(unit, action))])
  }

  async #actOnUnit(held: Held, action: RolloutAction): Promise<Done> {
    const { plan, position, unit } = held
    // Of a whole plan only what was held is released, and nobody asked about the others.
    const isAsked = action.act !== 'resume' || action.unit !== undefined
    const alone: Done = { changes: [], unchanged: isAsked ? [whyLeftAlone(held, action.act)] : [] }
    if (action.act === 'advance') {
      const next = position.step + 1
      if (position.status !== 'moving' || next >= plan.steps.length || position.approved === next) return alone
      if (!action.dryRun && !(await this.#book.letIn(held, action))) throw conflict(held)
      return changed(`${unit.name}: let into ${nextName(held)}${await this.#waits(held)}`)
    }
    const transition = transitionOf(held, action, this.#book.drifted(held).length > 0)
    if (transition === undefined) return alone
    const situation: Situation = { ...held, verdicts: [], drifted: [], now: this.#time.now(), uptime: await this.#time.uptime.now() }
    if (!action.dryRun && !(await this.#move({ situation, transition }, action))) throw refusalOf(held, (await this.#book.held()).held)
    return changed(`${unit.name}: ${placeName(plan, position)} → ${placeName(plan, positionAfter(situation, transition))}`)
  }

  /** What still holds up a unit that a person let in. */
  async #waits({ plan, state }: Held): Promise<string> {
    const { frozen = plan.frozen ? 'its file says so' : undefined } = await this.#book.held()
    if (state.status === 'paused') return `, as soon as the plan is resumed (paused: ${state.why})`
    return frozen === undefined ? '' : `, as soon as it is not frozen (${frozen})`
  }

  async #decide(plan: string, status: PlanState['status'], action: RolloutAction): Promise<Done> {
    const before = (await this.#book.states()).find((one) => one.plan === plan)
    const [is, shall] = [before?.status, status].map((one) => statusName(plan, one))
    const name = plan === EVERY_PLAN ? 'every plan' : plan
    if (is === shall)
      return { changes: [], unchanged: [`${name}: ${is} already${before === undefined ? '' : ` (${before.who}: ${before.why})`}`] }
    if (!action.dryRun) await this.#book.decide(plan, before, status, action)
    return changed(`${name}: ${is} → ${shall}`)
  }

  /** @throws BanyanError UNKNOWN_PLAN */
  async plan(name: string): Promise<Plan> {
    const plan = this.#book.plans.find((one) => one.name === name)
    if (plan !== undefined) return plan
    const isGone = (await this.#book.states()).some((one) => one.plan === name)
    if (isGone) throw new BanyanError('UNKNOWN_PLAN', `the file of the plan ${name} is gone from the config`, GONE_PLAN)
    const known = this.#book.plans.map((one) => one.name).join(', ')
    throw new BanyanError(
      'UNKNOWN_PLAN',
      `no plan ${name}`,
      known === '' ? 'name its file in `rollouts` of the config' : `known plans: ${known}`,
    )
  }

  async #units(plan: Plan, asked: string | undefined): Promise<readonly Held[]> {
    const units = (await this.#book.held()).held.filter((one) => one.plan === plan)
    if (asked === undefined) return units
    const names = ({ unit: { name } }: Held): readonly string[] => [name, name.split('#')[0] ?? name, partsOf(name).name]
    const found = units.filter((one) => names(one).includes(asked))
    if (found.length > 0) return found
    const known = units.map(({ unit }) => unit.name).join(', ')
    throw new BanyanError(
      'UNKNOWN_UNIT',
      `the plan ${plan.name} moves no ${asked}`,
      known === '' ? 'start the plan first' : `it moves ${known}`,
    )
  }
}

/** What an action makes of the plan as a whole. */
const STATUS = { start: 'running', pause: 'paused', resume: 'running' } as const satisfies Partial<
  Record<RolloutAction['act'], PlanState['status']>
>

/** What was changed, and what was left as it is and why: a line each. */
type Done = Pick<Acted, 'changes'> & { readonly unchanged: readonly string[] }

const NOTHING: Done = { changes: [], unchanged: [] }

/**
 * One after the other; where one is refused the others are done all the same, which matters most on the way back.
 * @throws BanyanError what was refused, with what was done
 */
async function eachOf<T>(all: readonly T[], act: (one: T) => Promise<Done>): Promise<Done> {
  const done: Done[] = []
  const refused: BanyanError[] = []
  for (const one of all) {
    try {
      done.push(await act(one))
    } catch (error) {
      if (!(error instanceof BanyanError)) throw error
      refused.push(error)
    }
  }
  const [first] = refused
  if (first === undefined) return together(done)
  const { changes } = together(done)
  const others = changes.length === 0 ? '' : `; the others are done: ${changes.join('; ')}`
  throw new BanyanError(first.code, `${refused.map(({ message }) => message).join('; ')}${others}`, first.hint)
}

function changed(line: string): Done {
  return { changes: [line], unchanged: [] }
}

function together(done: readonly Done[]): Done {
  return { changes: done.flatMap(({ changes }) => changes), unchanged: done.flatMap(({ unchanged }) => unchanged) }
}

const GONE_PLAN =
  'put it back into `rollouts`, and its units go on; until then they stay where they stand, and `banyan flags set` moves them'

/** What an action means for one unit: released into the step it was taken back from, or where flags were changed by hand; or taken back. */
function transitionOf({ plan, position }: Held, { act, why }: RolloutAction, isDrifted: boolean): Transition | undefined {
  const step = plan.steps[position.step]
  if (step === undefined) return undefined
  // One that only waited goes on with what it has seen: begun again it would wait for all its evidence once more.
  if (act === 'resume')
    return position.status !== 'back' && !isDrifted
      ? undefined
      : { kind: 'enter', step: position.step, regions: step.regions, cause: 'person', reason: why }
  return act === 'rollback' && position.status !== 'back'
    ? { kind: 'back', step: position.step, regions: step.regions, cause: 'person', reason: why }
    : undefined
}
