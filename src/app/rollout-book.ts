import { given } from '../config/gate-schema.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { positionAfter, standingsAfter, type Situation, type Transition } from '../core/rollout/advance.ts'
import type { SettledBy } from '../core/evidence/settled.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { noticeOf, type Notice, type Waiting } from '../core/rollout/notice.ts'
import { unitsOf, type Plan, type Unit } from '../core/rollout/plan.ts'
import { EVERY_PLAN, firstPosition, statusName, type PlanState, type Position } from '../core/rollout/position.ts'
import { isEmergency } from '../core/routing/emergency.ts'
import { policyStage } from '../core/routing/policy.ts'
import { BanyanError } from '../errors.ts'
import type { Moving, Store, Telling } from '../storage/store.ts'
import type { FlagDesk } from './flag-desk.ts'
import type { HandSet } from './hand-set.ts'
import type { RemoteMoves } from './remote-moves.ts'
import { settledByOf } from './settled-by.ts'

/** One unit of a plan that was started, with what the store knows of it. */
export interface Held {
  readonly plan: Plan
  readonly state: PlanState
  readonly unit: Unit
  readonly position: Position
}

/** Who acts and why, for the record. */
export type Author = Pick<AuditEntry, 'who' | 'why'>

/**
 * Where plans stand, as the store has it. Every writing is one transaction of position, flags and record, and is refused when anybody else
 * wrote in between; so it does not matter how many replicas act, nor where one of them dies.
 */
export class RolloutBook {
  readonly plans: readonly Plan[]
  readonly #config: LoadedConfig['config']
  readonly #store: Store
  readonly #flags: FlagDesk
  readonly #now: () => number
  readonly #tellingOf: (notice: Notice, at: number) => Telling | undefined
  readonly #ruleVersion: () => string | undefined
  readonly #remote: RemoteMoves | undefined

  /**
   * @param tellingOf who is to hear of a notice
   * @param ruleVersion of the rules in force now
   * @param remote moves flags that are not in the store
   */
  constructor(
    { plans, config }: Pick<LoadedConfig, 'plans' | 'config'>,
    store: Store,
    flags: FlagDesk,
    now: () => number,
    tellingOf: (notice: Notice, at: number) => Telling | undefined = () => undefined,
    ruleVersion: () => string | undefined = () => undefined,
    remote?: RemoteMoves,
  ) {
    this.plans = plans
    this.#config = config
    this.#store = store
    this.#flags = flags
    this.#now = now
    this.#tellingOf = tellingOf
    this.#ruleVersion = ruleVersion
    this.#remote = remote
  }

  /** When what edges count is complete. */
  get settledBy(): SettledBy {
    return settledByOf(this.#config)
  }

  states(): Promise<readonly PlanState[]> {
    return this.#store.rollouts.planStates()
  }

  /** Units of plans that were started. With `handSet`, also what stands where the candidate serves without a plan. */
  async held(handSet?: HandSet): Promise<{ readonly held: readonly Held[]; readonly frozen?: string }> {
    const [states, positions, keys] = await Promise.all([
      this.states(),
      this.#store.rollouts.positions(),
      this.#store.evidence.operationKeys(),
    ])
    const held = this.plans.flatMap((plan) => {
      const state = states.find((one) => one.plan === plan.name)
      if (state === undefined) return []
      return unitsOf(plan, keys).map((unit) => ({
        plan,
        state,
        unit,
        position: positions.find((one) => one.plan === plan.name && one.unit === unit.name) ?? firstPosition(plan, unit, state.at),
      }))
    })
    const freeze = states.find((one) => one.plan === EVERY_PLAN && one.status === 'paused')
    const frozen = isEmergency(this.#flags.flags) ? 'everything goes to legacy' : (freeze?.why ?? this.#flags.stale)
    const { absence: _absence, ...guard } = this.#config.guard
    const byHand = handSet?.held(this.#flags.flags, this.#regions(), { held, positions }, this.#now(), given(guard)) ?? []
    return { held: [...held, ...byHand], ...(frozen === undefined ? {} : { frozen }) }
  }

  #regions(): readonly string[] {
    const { region } = this.#config
    return 'value' in region ? [region.value] : region.allow
  }

  readFlags(): Promise<void> {
    return this.#flags.load()
  }

  /** Regions whose flags do not say what the step says. */
  drifted({ plan, position }: Held): readonly string[] {
    const step = plan.steps[position.step]
    if (step === undefined || position.status !== 'moving') return []
    const isElsewhere = (region: string): boolean =>
      position.operations.some((operation) => {
        const { stage, percent, rest } = this.#flags.standing(operation, region)
        return stage !== step.stage || percent !== step.percent || (percent < 100 && rest !== step.rest)
      })
    return step.regions.filter(isElsewhere)
  }

  /**
   * `false`: somebody else wrote in between, nothing has changed.
   * @param onlyIn it moves only while its plan is in this state and nothing is frozen
   */
  async move(situation: Situation, transition: Transition, { who, why }: Author, onlyIn?: PlanState): Promise<boolean> {
    const { plan, position, unit, now } = situation
    const version = this.#ruleVersion()
    const after = { ...positionAfter(situation, transition), ...(version === undefined ? {} : { ruleVersion: version }) }
    const moved = transition.kind === 'enter' ? unit.operations : position.operations
    const record = { at: now, who, why: `${plan.name}: ${why}${version === undefined ? '' : ` (rules ${version})`}` }
    const standings = (operation: string) => standingsAfter(plan, transition, policyStage(this.#config.operations, operation))
    const entry: AuditEntry = {
      ...record,
      target: targetOf(situation),
      region: transition.regions.join(',') || '*',
      from: placeName(plan, position),
      to: placeName(plan, after),
    }
    const telling = this.#telling(situation, transition)
    const moving: Moving = { ...(telling === undefined ? {} : { telling }), ...(onlyIn === undefined ? {} : { onlyIn }) }
    if (this.#remote !== undefined && transition.kind !== 'finish') {
      await this.readFlags()
      const wants = this.#flags.wants(moved, standings, record)
      return this.#remote.begin(position, { kind: transition.kind === 'back' ? 'back' : 'enter', after, wants, entry, moving })
    }
    return this.#store.rollouts.move(after, this.#flags.changes(moved, standings, record), entry, moving)
  }

  /** Goes on with what was decided and is not so yet. */
  async settle(): Promise<void> {
    if (this.#remote === undefined) return
    await this.#remote.settle()
    await this.readFlags()
  }

  /**
   * Has those told who want to hear that a unit waits.
   * @param before what it waited for at the last look
   */
  async tellWaiting(situation: Situation, transition: Transition, before: Waiting | undefined): Promise<boolean> {
    const telling = this.#telling(situation, transition, before)
    if (telling === undefined) return false
    await this.#store.rollouts.tell({ ...situation.position, plan: situation.plan.name, unit: situation.unit.name }, telling)
    return true
  }

  #telling(situation: Situation, transition: Transition, before?: Waiting): Telling | undefined {
    const notice = noticeOf(situation, transition, before)
    return notice === undefined ? undefined : this.#tellingOf(notice, this.#now())
  }

  /** Writes down that a person lets a unit into its next step. */
  letIn(held: Held, { who, why }: Author): Promise<boolean> {
    const { plan, position } = held
    const after: Position = { ...position, approved: position.step + 1, version: position.version + 1, why }
    const to = `let into ${nextName(held)}`
    return this.#store.rollouts.move(after, [], {
      at: this.#now(),
      who,
      target: targetOf(held),
      region: '*',
      from: placeName(plan, position),
      to,
      why,
    })
  }

  /** @throws BanyanError ROLLOUT_CONFLICT */
  async decide(plan: string, before: PlanState | undefined, status: PlanState['status'], { who, why }: Author): Promise<void> {
    const state: PlanState = { plan, version: (before?.version ?? 0) + 1, status, who, at: this.#now(), why }
    const entry: AuditEntry = {
      at: state.at,
      who,
      target: `plan:${plan}`,
      region: '*',
      from: statusName(plan, before?.status),
      to: statusName(plan, status),
      why,
    }
    if (!(await this.#store.rollouts.savePlanState(state, entry)))
      throw new BanyanError('ROLLOUT_CONFLICT', `the plan ${plan} was changed meanwhile`)
  }
}

function targetOf({ plan, unit }: Pick<Held, 'plan' | 'unit'>): string {
  return `plan:${plan.name}/${unit.name}`
}

/** The step that a unit would enter next. */
export function nextName({ plan, position }: Pick<Held, 'plan' | 'position'>): string {
  return plan.steps[position.step + 1]?.name ?? 'the end'
}

/** Where a unit is, in words. */
export function placeName(plan: Plan, { step, status, backRegions }: Position): string {
  const name = plan.steps[step]?.name ?? 'not begun'
  return status === 'back' ? `${name}, taken back in ${backRegions.join(', ')}` : status === 'done' ? 'done' : name
}
