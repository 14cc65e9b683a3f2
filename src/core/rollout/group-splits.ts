import { matchesOperation } from '../operation/pattern.ts'
import { rolesFor } from '../routing/stage.ts'
import type { ProposedGroup } from './consistency.ts'
import type { Plan } from './plan.ts'

/** What moves a part of a proposed group without the rest. */
export interface GroupSplit {
  readonly group: string
  /** In words: which operations, and what they share. */
  readonly message: string
  readonly fix: string
}

/**
 * Where a plan takes clients to the candidate with some reads of a group and leaves others, or moves them one by one. Writes are looked at apart: they are to move last (hazard H5), and
 * `pinAfterMutation` is for the time between.
 */
export function splitsOf(
  plan: Pick<Plan, 'name' | 'operations' | 'group' | 'steps' | 'splits'>,
  groups: readonly ProposedGroup[],
): readonly GroupSplit[] {
  if (plan.splits !== undefined || !plan.steps.some(({ stage }) => rolesFor(stage, 'query').primary === 'candidate')) return []
  return groups.flatMap((group) => {
    const reads = group.operations.filter(isRead)
    const moved = reads.filter((operation) => plan.operations.some((pattern) => matchesOperation(pattern, `${operation}#`)))
    if (moved.length === 0) return []
    const left = reads.filter((operation) => !moved.includes(operation))
    const shared = sharedBy(group)
    if (left.length > 0) {
      const message = `\`${plan.name}\` moves ${listed(moved)} without ${listed(left)}: they share ${shared}`
      return [{ group: group.name, message, fix: 'move them in one plan with a `group`, or say in `splits` why it is well' }]
    }
    if (moved.length === 1 || plan.group !== undefined) return []
    const message = `\`${plan.name}\` moves ${listed(moved)} each by itself: they share ${shared}`
    return [{ group: group.name, message, fix: 'give the plan a `group`, or say in `splits` why it is well' }]
  })
}

/** Where reads of a group are answered by different backends once one of them is moved. */
export function splitByStage(
  operation: string,
  groups: readonly ProposedGroup[],
  standing: (operation: string) => string,
): readonly string[] {
  if (!isRead(operation)) return []
  return groups.flatMap((group) => {
    if (!group.operations.includes(operation)) return []
    const here = standing(operation)
    const elsewhere = group.operations.filter((other) => isRead(other) && standing(other) !== here)
    return elsewhere.length === 0
      ? []
      : [`${operation} is then answered by other backends than ${listed(elsewhere)}: they share ${sharedBy(group)}`]
  })
}

function sharedBy({ types }: ProposedGroup): string {
  return types.map(({ type }) => type).join(', ')
}

const SHOWN = 5

function listed(operations: readonly string[]): string {
  const more = operations.length - SHOWN
  return `${operations.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function isRead(operation: string): boolean {
  return operation.startsWith('query:')
}
