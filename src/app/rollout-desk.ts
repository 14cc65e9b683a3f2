import type { Acted, RolloutAction, RolloutQuery, RolloutView, UnitView } from '../admin/rollout-views.ts'
import { CONTROLLER } from '../core/rollout/audit.ts'
import { countUnits, urgentFirst } from '../core/rollout/condition.ts'
import type { Counted } from '../core/rollout/part.ts'
import type { PlanState, Position } from '../core/rollout/position.ts'
import type { UnitStory } from '../core/rollout/replay.ts'
import { BanyanError } from '../errors.ts'
import type { Decided, UnderWay } from '../core/rollout/decide-units.ts'
import { describeAbsent } from '../core/rollout/absent.ts'
import { BEFORE_MS } from '../storage/seams.ts'
import type { Store } from '../storage/store.ts'
import { HandSet } from './hand-set.ts'
import { PlanActs } from './plan-acts.ts'
import type { Author, Held, RolloutBook } from './rollout-book.ts'
import { replayStored } from './replaying.ts'
import { RunningEvidence } from './running-evidence.ts'
import { Uptime } from './uptime.ts'

/** Why a unit goes no further at the look that hears of its last step. */
const JUST_MOVED = 'it has just been moved'

/** Where the rollout line and people meet the plans. */
export class RolloutDesk {
  readonly #book: RolloutBook
  readonly #store: Store
  readonly #now: () => number
  readonly #readOnly: boolean
  readonly #onMoved: (decided: Decided) => void
  readonly #handSet = new HandSet()
  readonly #running: RunningEvidence
  readonly #uptime: Uptime
  readonly #acts: PlanActs
  /** What the line said last. */
  #decided: readonly Decided[] = []

  /**
   * @param readOnly somebody else holds the flags: plans are shown and nothing is moved
   * @param onMoved hears of every transition that this replica made, its own and people's
   * @param uptime what has to last is counted by it, too
   */
  constructor(
    book: RolloutBook,
    store: Store,
    now: () => number,
    readOnly: boolean,
    onMoved: (decided: Decided) => void = () => {},
    uptime: Uptime = new Uptime(store.rollouts),
  ) {
    this.#book = book
    this.#store = store
    this.#now = now
    this.#readOnly = readOnly
    this.#onMoved = onMoved
    this.#running = new RunningEvidence(store.evidence, book.settledBy)
    this.#uptime = uptime
    this.#acts = new PlanActs(book, { now, uptime }, (decided, author) => this.#move(decided, author))
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
    const uptime = await this.#uptime.now()
    return held.map((one) => ({
      ...one,
      uptime,
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

  readonly views = async ({ plan: asked, limit }: RolloutQuery): Promise<readonly RolloutView[]> => {
    const [{ held, frozen }, states] = await Promise.all([this.#book.held(), this.#book.states()])
    const last = new Map(this.#decided.map((one) => [nameOf(one.situation), one]))
    const plans = this.#book.plans.filter(({ name }) => asked === undefined || name === asked)
    return plans.map((plan) => {
      const state = states.find((one) => one.plan === plan.name)
      const units = held.filter((one) => one.plan === plan).map((one) => unitOf(one, last.get(nameOf(one))))
      return {
        plan,
        ...(state === undefined ? {} : { state }),
        ...(frozen === undefined ? {} : { frozen }),
        counts: countUnits(units, plan.steps.length),
        units: urgentFirst(units).slice(0, limit),
      }
    })
  }

  /** What a plan would have done with what the store has of this span. @throws BanyanError UNKNOWN_PLAN */
  readonly replay = async (name: string, minutes: number): Promise<readonly UnitStory[]> => {
    const to = this.#now()
    return replayStored(await this.#acts.plan(name), this.#store.evidence, { from: to - minutes * 60_000, to }, this.#book.settledBy)
  }

  /**
   * What a person decides. `dryRun` says what would change and changes nothing.
   * @throws BanyanError UNKNOWN_PLAN, UNKNOWN_UNIT, ROLLOUT_CONFLICT, FLAGS_READ_ONLY
   */
  readonly act = async (action: RolloutAction): Promise<Acted> => {
    if (this.#readOnly)
      throw new BanyanError('FLAGS_READ_ONLY', 'flags come from LaunchDarkly, and there is no access token to change them')
    return this.#acts.act(action)
  }

  async #move({ situation, transition }: Decided, author: Author, onlyIn?: PlanState): Promise<boolean> {
    const moved = await this.#book.move(situation, transition, author, onlyIn)
    if (moved) this.#onMoved({ situation, transition })
    return moved
  }
}

function nameOf({ plan, unit }: Pick<Held, 'plan' | 'unit'>): string {
  return `${plan.name}\n${unit.name}`
}

function unitOf({ unit, position }: Held, last: Decided | undefined): UnitView {
  return { name: unit.name, operations: unit.operations, position, ...(last === undefined ? {} : saidOf(last, position)) }
}

/** What was said of another stay at another step is over. */
function saidOf({ transition, situation }: Decided, { version }: Position): Pick<UnitView, 'next' | 'verdicts'> {
  return situation.position.version === version ? { next: transition, verdicts: situation.verdicts } : {}
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
