import type { Transition } from './advance.ts'
import type { Position } from './position.ts'

/** How a unit is, as people sort them: what needs somebody first. */
export const CONDITIONS = ['taken back', 'needs a person', 'waits', 'moving', 'not begun', 'done'] as const
export type Condition = (typeof CONDITIONS)[number]

/** What is known of a unit: where it is, and what was said of it last. */
interface Known {
  readonly name: string
  readonly position: Pick<Position, 'step' | 'status'>
  readonly next?: Pick<Transition, 'kind' | 'cause'>
}

/** How many units of a plan are how, whichever of them are shown. */
export interface UnitCounts {
  readonly units: number
  readonly conditions: Readonly<Partial<Record<Condition, number>>>
  /** By the step that they are at, those that are done left out; in the order of the steps. */
  readonly atStep: readonly number[]
  /** That have begun and were not taken back. */
  readonly moved: number
  /** Whose flags were changed by hand. */
  readonly drifted: number
}

export function conditionOf({ position, next }: Omit<Known, 'name'>): Condition {
  if (position.status === 'back') return 'taken back'
  if (position.status === 'done') return 'done'
  if (next?.kind === 'ask') return 'needs a person'
  if (position.step < 0) return 'not begun'
  return next?.kind === 'hold' && next.cause !== 'bake' ? 'waits' : 'moving'
}

/** @param steps of the plan */
export function countUnits(units: readonly Known[], steps: number): UnitCounts {
  const count = (fits: (unit: Known) => boolean): number => units.filter(fits).length
  const conditions = Object.entries(Object.groupBy(units, conditionOf)).map(([name, some]) => [name, some.length])
  return {
    units: units.length,
    conditions: Object.fromEntries(conditions) as UnitCounts['conditions'], // named by `conditionOf`
    atStep: Array.from({ length: steps }, (_, step) => count(({ position }) => position.step === step && position.status !== 'done')),
    moved: count(({ position }) => position.step >= 0 && position.status !== 'back'),
    drifted: count(({ next }) => next?.cause === 'drift'),
  }
}

/** What needs somebody first, and then by name. */
export function urgentFirst<T extends Known>(units: readonly T[]): readonly T[] {
  const order = (unit: T): number => CONDITIONS.indexOf(conditionOf(unit))
  return units.toSorted((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1))
}
