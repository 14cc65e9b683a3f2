import { WINDOW_MS, type CellEvidence } from '../evidence/evidence.ts'
import { duration } from '../evidence/duration.ts'
import { advance, positionAfter, type Situation, type Transition } from './advance.ts'
import { judgeRegions } from './judge.ts'
import type { Plan, Unit } from './plan.ts'
import { firstPosition, type PlanState, type Position } from './position.ts'
import { StepEvidenceSum } from './step-evidence.ts'

/** What would have been done at a moment of the past. */
export interface Replayed {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: Transition['kind']
  /** Name of the step that was entered, or else of the one that held; absent before the first. */
  readonly step?: string
  readonly reason: string
}

/** Evidence of the past, whatever stage it was counted at: what was true of the answers then is taken to be true of each step. */
export interface Recording {
  readonly cells: readonly CellEvidence[]
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
}

/**
 * Runs a plan over a recording, as if it had been started with it. Where a person lets a unit into a step, one is taken to agree at once. The last entry says where
 * it would have ended, or what it would wait for.
 */
export function replay(plan: Plan, unit: Unit, { cells, from, to }: Recording): readonly Replayed[] {
  const alone: Plan = { ...plan, steps: plan.steps.map((step) => ({ ...step, approval: 'automatic' })) }
  const state: PlanState = { plan: plan.name, version: 1, status: 'running', who: 'replay', at: from, why: 'replay' }
  const own = cells
    .filter(({ operation, window }) => unit.operations.includes(operation) && window >= from && window < to)
    .toSorted((a, b) => a.window - b.window)
  const story: Replayed[] = []
  let position = firstPosition(plan, unit, from)
  let [sum, next] = [new StepEvidenceSum(from), 0]
  let last: Replayed | undefined
  for (const now of moments(own, from, to)) {
    for (let cell = own[next]; cell !== undefined && cell.window + WINDOW_MS <= now; cell = own[(next += 1)]) sum.add(cell)
    sum.settle(now, [])
    const step = alone.steps[position.step]
    const verdicts = step === undefined ? [] : judgeRegions(step, position.operations, sum.all())
    const situation: Situation = { plan: alone, state, position, unit, verdicts, drifted: [], now }
    const transition = advance(situation)
    last = told(plan, transition, now)
    if (transition.kind === 'hold' || transition.kind === 'ask') continue
    story.push(last)
    if (transition.kind !== 'enter') return story
    position = entered(situation, transition)
    sum = new StepEvidenceSum(position.evidenceFrom)
  }
  return last === undefined || last === story.at(-1) ? story : [...story, last]
}

/** The start, the end of every window that was recorded, and the end. */
function moments(cells: readonly CellEvidence[], from: number, to: number): readonly number[] {
  const ends = cells.map(({ window }) => Math.min(window + WINDOW_MS, to))
  return [...new Set([from, ...ends, to])].toSorted((a, b) => a - b)
}

function entered(situation: Situation, transition: Transition): Position {
  return { ...positionAfter(situation, transition), evidenceFrom: situation.now }
}

function told(plan: Plan, { kind, step, reason }: Transition, at: number): Replayed {
  const place = plan.steps[step]
  const asked = kind === 'enter' && place?.approval === 'person' ? ['a person is asked, and agrees'] : []
  return { at, kind, ...(place === undefined ? {} : { step: place.name }), reason: [...asked, reason].join('; ') }
}

/** How far it would have come, in a sentence: `with the evidence of 7 d it would have stopped at step 3, all of eu, because …`. */
export function describeReplay(story: readonly Replayed[], span: string): string {
  const last = story.at(-1)
  const number = story.filter(({ kind }) => kind === 'enter').length
  const at = `step ${number}${last?.step === undefined ? '' : `, ${last.step}`}`
  const reason = last?.reason ?? 'there is none'
  return `with the evidence of ${span} it would have ${
    last?.kind === 'finish'
      ? `gone through all ${number} steps in ${duration(last.at - (story[0]?.at ?? last.at))}`
      : last?.kind === 'back'
        ? `been taken back from ${at}, because ${reason}`
        : `${number === 0 ? 'not begun' : `stopped at ${at}`}, because ${reason}`
  }`
}
