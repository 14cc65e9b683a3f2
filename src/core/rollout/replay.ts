import { WINDOW_MS } from '../evidence/evidence.ts'
import { packCell, unpackCell, type PackedCell } from '../evidence/packed-evidence.ts'
import { duration } from '../evidence/duration.ts'
import { settledBy, type Gap, type SettledBy } from '../evidence/settled.ts'
import { positionAfter, type Transition } from './advance.ts'
import { asServed } from './as-served.ts'
import { decideUnits, type Decided, type UnderWay } from './decide-units.ts'
import type { GuardMemory } from './guard-cells.ts'
import type { Plan, Unit } from './plan.ts'
import { firstPosition, type PlanState, type Position } from './position.ts'
import { StepEvidenceSum } from './step-evidence.ts'
import { thinned } from './thinned.ts'

/** What would have been done at a moment of the past. */
export interface Replayed {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: Transition['kind']
  /** Name of the step that was entered, or else of the one that held; absent before the first. */
  readonly step?: string
  readonly reason: string
}

/** What a plan would have done with one unit. */
export interface UnitStory {
  readonly unit: string
  readonly story: readonly Replayed[]
}

/** Evidence of the past, whatever stage it was counted at: what was true of the answers then is taken to be true of each step, and a step has its share of them. */
export interface Recording {
  readonly cells: readonly PackedCell[]
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly settledBy: SettledBy
  /** Windows that count for nobody. */
  readonly gaps: readonly Gap[]
  /** How far back what was there before a step counts, in milliseconds. */
  readonly beforeMs: number
}

/**
 * Runs a plan over a recording, as if it had been started with it: the same decisions as the controller's, about all units at once, by gates, guard and fleet, at every moment at which
 * something was recorded. Where a person lets a unit into a step, one is taken to agree at once; what is taken back stays there. The last entry of a story says where the unit
 * would have ended, or what it would wait for. Yields after every moment: a week of many units takes a while, and whoever runs it has others to serve.
 */
export function* replay(plan: Plan, units: readonly Unit[], recording: Recording): Generator<undefined, readonly UnitStory[]> {
  const alone: Plan = { ...plan, steps: plan.steps.map((step) => ({ ...step, approval: 'automatic' })) }
  const players = units.map((unit) => new Player(alone, unit, recording))
  let memory: GuardMemory = new Map()
  for (const now of moments(players, recording)) {
    const looked = decideUnits(
      players.map((player) => player.at(now)),
      memory,
      now,
    )
    ;({ memory } = looked)
    looked.decided.forEach((decided, index) => players[index]?.take(decided, told(plan, decided.transition, now)))
    yield
  }
  return players.map(({ unit, story }) => ({ unit: unit.name, story }))
}

/** The start, the end of every window that was recorded of a unit, and the end. */
function moments(players: readonly Player[], { from, to }: Recording): readonly number[] {
  const ends = players.flatMap(({ cells }) => cells.map(({ window }) => Math.min(window + WINDOW_MS, to)))
  return [...new Set([from, ...ends, to])].toSorted((a, b) => a - b)
}

/** One unit on its way through the plan. */
class Player {
  readonly unit: Unit
  /** What was recorded of it, in order. */
  readonly cells: readonly PackedCell[]
  readonly #plan: Plan
  readonly #recording: Recording
  readonly #told: Replayed[] = []
  #last: Replayed | undefined
  #position: Position
  #sum: StepEvidenceSum
  /** The first cell that is not counted yet. */
  #next = 0

  constructor(plan: Plan, unit: Unit, recording: Recording) {
    const { cells, from, to } = recording
    this.#plan = plan
    this.unit = unit
    this.#recording = recording
    this.cells = cells
      .filter(({ operation, window }) => unit.operations.includes(operation) && window >= from && window < to)
      .toSorted((a, b) => a.window - b.window)
    this.#position = firstPosition(plan, unit, from)
    this.#sum = new StepEvidenceSum(from)
  }

  /** The unit as the controller would see it. */
  at(now: number): UnderWay {
    const { settledBy: by, gaps, from } = this.#recording
    for (let cell = this.cells[this.#next]; cell !== undefined && cell.window + WINDOW_MS <= now; cell = this.cells[(this.#next += 1)])
      this.#count(cell)
    this.#sum.settle(settledBy([], now, now, by).until, gaps)
    const state: PlanState = { plan: this.#plan.name, version: 1, status: 'running', who: 'replay', at: from, why: 'replay' }
    return { plan: this.#plan, state, position: this.#position, unit: this.unit, drifted: [], evidence: this.#sum.all() }
  }

  take({ situation, transition }: Decided, said: Replayed): void {
    if (this.#position.status !== 'moving' && (transition.kind === 'hold' || transition.kind === 'ask')) return
    this.#last = said
    if (transition.kind === 'hold' || transition.kind === 'ask') return
    this.#told.push(said)
    this.#position = positionAfter(situation, transition)
    if (transition.kind !== 'enter') return
    // What was recorded up to now is from before the step, whatever window it began in.
    this.#position = { ...this.#position, evidenceFrom: situation.now }
    this.#sum = new StepEvidenceSum(situation.now)
    const before = this.cells.slice(0, this.#next).filter(({ window }) => window >= situation.now - this.#recording.beforeMs)
    for (const cell of before) if (cell.stage === 'shadow') this.#sum.add(cell, 'before')
  }

  get story(): readonly Replayed[] {
    return this.#last === undefined || this.#last === this.#told.at(-1) ? this.#told : [...this.#told, this.#last]
  }

  #count(cell: PackedCell): void {
    const step = this.#plan.steps[this.#position.step]
    if (step === undefined) return this.#sum.add(cell)
    const recorded = unpackCell(cell)
    this.#sum.add(packCell({ ...recorded, evidence: thinned(asServed(recorded, step.stage), step.percent / 100) }))
  }
}

function told(plan: Plan, { kind, step, reason }: Transition, at: number): Replayed {
  const place = plan.steps[step]
  const asked = kind === 'enter' && place?.approval === 'person' ? ['a person is asked, and agrees'] : []
  return { at, kind, ...(place === undefined ? {} : { step: place.name }), reason: [...asked, reason].join('; ') }
}

/** How far it would have come, in a sentence: `with last week's evidence it would have stopped at step 3, because …`. */
export function describeReplay(story: readonly Replayed[], ms: number): string {
  const last = story.at(-1)
  const number = story.filter(({ kind }) => kind === 'enter').length
  const reason = last?.reason ?? 'there is none'
  return `with ${spanOf(ms)} evidence it would have ${
    last?.kind === 'finish'
      ? `gone through all ${number} steps in ${duration(last.at - (story[0]?.at ?? last.at))}`
      : last?.kind === 'back'
        ? `been taken back from step ${number}, because ${reason}`
        : `${number === 0 ? 'not begun' : `stopped at step ${number}`}, because ${reason}`
  }`
}

/** How far all units of a plan would have come; nothing where there are none to speak of together. */
export function describeReplays(stories: readonly UnitStory[], ms: number): string | undefined {
  if (stories.length < 2) return undefined
  const last = stories.map(({ story }) => story.at(-1)?.kind)
  const [through, back] = (['finish', 'back'] as const).map((kind) => last.filter((one) => one === kind).length)
  return `with ${spanOf(ms)} evidence ${through} of ${stories.length} units would have gone through all steps, and ${back} been taken back`
}

const SPANS: ReadonlyMap<number, string> = new Map([
  [86_400_000, "last day's"],
  [7 * 86_400_000, "last week's"],
])

function spanOf(ms: number): string {
  return SPANS.get(ms) ?? `the last ${duration(ms)}'s`
}
