import { partsOf } from '../core/operation/operation.ts'
import type { Acted, RolloutAction, RolloutView, UnitView } from '../admin/rollout-views.ts'
import { positionAfter, type Situation, type Transition } from '../core/rollout/advance.ts'
import type { Counted } from '../core/rollout/part.ts'
import type { Plan } from '../core/rollout/plan.ts'
import { EVERY_PLAN, type PlanState, type Position } from '../core/rollout/position.ts'
import type { UnitStory } from '../core/rollout/replay.ts'
import { BanyanError } from '../errors.ts'
import type { Decided, UnderWay } from '../core/rollout/decide-units.ts'
import { describeAbsent } from '../core/rollout/absent.ts'
import { BEFORE_MS } from '../storage/seams.ts'
import type { Store } from '../storage/store.ts'
import { HandSet } from './hand-set.ts'
import { conflict, refusalOf } from './rollout-refusal.ts'
import { nextName, placeName, type Author, type Held, type RolloutBook } from './rollout-book.ts'
import { replayStored } from './replaying.ts'
import { RunningEvidence } from './running-evidence.ts'

/** Why a unit goes no further at the look that hears of its last step. */
const JUST_MOVED = 'it has just been moved'

/** Who acts when no person does. */
const CONTROLLER = 'controller'

/** Where the rollout line and people meet the plans. */
export class RolloutDesk {
  readonly #book: RolloutBook
  readonly #store: Store
  readonly #now: () => number
  readonly #readOnly: boolean
  readonly #onMoved: (decided: Decided) => void
  readonly #handSet = new HandSet()
  readonly #running: RunningEvidence
  /** What the line said last. */
  #decided: readonly Decided[] = []

  /**
   * @param readOnly somebody else holds the flags: plans are shown and nothing is moved
   * @param onMoved hears of every transition that this replica made, its own and people's
   */
  constructor(book: RolloutBook, store: Store, now: () => number, readOnly: boolean, onMoved: (decided: Decided) => void = () => {}) {
    this.#book = book
    this.#store = store
    this.#now = now
    this.#readOnly = readOnly
    this.#onMoved = onMoved
    this.#running = new RunningEvidence(store.evidence, book.settledBy)
  }

  /** Every unit of every plan that was started, with the evidence of its step. */
  readonly underWay = async (): Promise<readonly UnderWay[]> => {
    if (this.#readOnly) return []
    await this.#book.settle()
    const { held, frozen, moved } = await this.#steady()
    const stays = held.flatMap((one) => {
      const counted = countedOf(one)
      return counted === undefined ? [] : [[stayOf(one), counted] as const]
    })
    const { evidence, settled } = await this.#running.look(new Map(stays), this.#now())
    const absent = describeAbsent(settled.absent)
    return held.map((one) => ({
      ...one,
      ...(frozen === undefined ? (moved.has(one) ? { frozen: JUST_MOVED } : {}) : { frozen }),
      ...(absent === undefined ? {} : { absent }),
      drifted: this.#book.drifted(one),
      evidence: evidence.get(stayOf(one)) ?? [],
    }))
  }

  /**
   * Units with the flags that belong to their positions. Another replica may have moved one while this one had not yet heard of its flags: that is nobody's hand,
   * and is left for the next look; it stays counted among the units.
   */
  async #steady(): Promise<Awaited<ReturnType<RolloutBook['held']>> & { readonly moved: ReadonlySet<Held> }> {
    const first = await this.#book.held(this.#handSet)
    if (first.held.every((one) => this.#book.drifted(one).length === 0)) return { ...first, moved: new Set() }
    await this.#book.readFlags()
    const second = await this.#book.held(this.#handSet)
    return { ...second, moved: new Set(second.held.filter((one) => hasMoved(one, first.held))) }
  }

  /** A replica that is late does nothing: another one did it. */
  readonly apply = async (decided: Decided): Promise<void> => {
    const { situation, transition } = decided
    const onlyIn = transition.kind === 'back' ? undefined : situation.state
    await this.#move(decided, { who: CONTROLLER, why: transition.reason }, onlyIn)
  }

  remember(decided: readonly Decided[]): void {
    this.#decided = decided
  }

  readonly views = async (): Promise<readonly RolloutView[]> => {
    const [{ held, frozen }, states] = await Promise.all([this.#book.held(), this.#book.states()])
    return this.#book.plans.map((plan) => {
      const state = states.find((one) => one.plan === plan.name)
      return {
        plan,
        ...(state === undefined ? {} : { state }),
        ...(frozen === undefined ? {} : { frozen }),
        units: held
          .filter((one) => one.plan === plan)
          .map(({ unit, position }) => {
            const last = this.#decided.find(({ situation }) => situation.plan === plan && situation.unit.name === unit.name)
            return { name: unit.name, operations: unit.operations, position, ...(last === undefined ? {} : saidOf(last, position)) }
          }),
      }
    })
  }

  /** What a plan would have done with what the store has of this span. @throws BanyanError UNKNOWN_PLAN */
  readonly replay = async (name: string, minutes: number): Promise<readonly UnitStory[]> => {
    const to = this.#now()
    return replayStored(this.#plan(name), this.#store.evidence, { from: to - minutes * 60_000, to }, this.#book.settledBy)
  }

  /**
   * What a person decides. `dryRun` says what would change and changes nothing.
   * @throws BanyanError UNKNOWN_PLAN, UNKNOWN_UNIT, ROLLOUT_CONFLICT, FLAGS_READ_ONLY
   */
  readonly act = async (action: RolloutAction): Promise<Acted> => {
    if (action.unit !== undefined && (action.act === 'start' || action.act === 'pause'))
      throw new BanyanError('BAD_USAGE', `${action.act} is about the whole plan`, 'leave the unit out')
    if (this.#readOnly)
      throw new BanyanError('FLAGS_READ_ONLY', 'flags come from LaunchDarkly, and there is no access token to change them')
    const { changes } = await (action.plan === EVERY_PLAN ? this.#actOnAll(action) : this.#actOn(this.#plan(action.plan), action))
    return { dryRun: action.dryRun, changes }
  }

  async #actOnAll(action: RolloutAction): Promise<Pick<Acted, 'changes'>> {
    const status = STATUS[action.act]
    if (status !== undefined) return { changes: await this.#decide(EVERY_PLAN, status, action) }
    if (action.act !== 'rollback') throw new BanyanError('BAD_USAGE', `${action.act} is about one plan`, 'name the plan')
    const changes: string[] = []
    for (const plan of this.#book.plans) changes.push(...(await this.#actOn(plan, action)).changes)
    return { changes }
  }

  async #actOn(plan: Plan, action: RolloutAction): Promise<Pick<Acted, 'changes'>> {
    const units = await this.#units(plan, action.unit)
    // What is said of one unit changes nothing for the others.
    const status = action.unit === undefined ? STATUS[action.act] : undefined
    const changes = status === undefined ? [] : [...(await this.#decide(plan.name, status, action))]
    for (const unit of units) changes.push(...(await this.#actOnUnit(unit, action)))
    return { changes }
  }

  async #actOnUnit(held: Held, action: RolloutAction): Promise<readonly string[]> {
    const { plan, position, unit } = held
    if (action.act === 'advance') {
      if (position.status !== 'moving' || position.step + 1 >= plan.steps.length) return []
      if (!action.dryRun && !(await this.#book.letIn(held, action))) throw conflict(held)
      return [`${unit.name}: let into ${nextName(held)}`]
    }
    const transition = transitionOf(held, action, this.#book.drifted(held).length > 0)
    if (transition === undefined) return []
    const situation: Situation = { ...held, verdicts: [], drifted: [], now: this.#now() }
    if (!action.dryRun && !(await this.#move({ situation, transition }, action))) throw refusalOf(held, (await this.#book.held()).held)
    return [`${unit.name}: ${placeName(plan, position)} → ${placeName(plan, positionAfter(situation, transition))}`]
  }

  async #move({ situation, transition }: Decided, author: Author, onlyIn?: PlanState): Promise<boolean> {
    const moved = await this.#book.move(situation, transition, author, onlyIn)
    if (moved) this.#onMoved({ situation, transition })
    return moved
  }

  async #decide(plan: string, status: PlanState['status'], action: RolloutAction): Promise<readonly string[]> {
    const before = (await this.#book.states()).find((one) => one.plan === plan)
    if (before?.status === status) return []
    if (!action.dryRun) await this.#book.decide(plan, before, status, action)
    return [`${plan === EVERY_PLAN ? 'every plan' : plan}: ${before?.status ?? 'stopped'} → ${status}`]
  }

  #plan(name: string): Plan {
    const plan = this.#book.plans.find((one) => one.name === name)
    if (plan !== undefined) return plan
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

/** What was said of another stay at another step is over. */
function saidOf({ transition, situation }: Decided, { version }: Position): Pick<UnitView, 'next' | 'verdicts'> {
  return situation.position.version === version ? { next: transition, verdicts: situation.verdicts } : {}
}

/** What an action makes of the plan as a whole. */
const STATUS: Readonly<Partial<Record<RolloutAction['act'], PlanState['status']>>> = {
  start: 'running',
  pause: 'paused',
  resume: 'running',
}

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

/** Names a stay of a unit at a step. */
function stayOf({ plan, position }: Held): string {
  return JSON.stringify([plan.name, position.unit, position.step, position.since, position.evidenceFrom, position.operations])
}

/** What is counted of it; nothing before the first step. */
function countedOf({ plan, position }: Held): Counted | undefined {
  const step = plan.steps[position.step]
  if (step === undefined) return undefined
  const { operations, evidenceFrom: from } = position
  return { operations, stage: step.stage, rest: step.rest, from, before: from - BEFORE_MS }
}

function hasMoved({ plan, unit, position }: Held, before: readonly Held[]): boolean {
  return !before.some((one) => one.plan.name === plan.name && one.unit.name === unit.name && one.position.version === position.version)
}
