import type { Example, Group } from '../comparison/group.ts'
import type { Vocabulary } from '../comparison/vocabulary.ts'
import { rulingOn, usableFor, type Ruling } from './accept.ts'
import { heldAt, type Held, type Place } from './match.ts'
import type { Rule } from './rule.ts'
import { Rulebook } from './rulebook.ts'
import { placeOf } from './stored-place.ts'
import type { TransformContext } from './transform.ts'
import { judgedOf, needsValues, valuesOf } from './stored-values.ts'

/** What rules would do to the differences of one group. */
export interface TrialGroup extends Pick<Group, 'id' | 'class' | 'kind' | 'coordinate'> {
  /** Differences at the places and in the requests that the rules name. */
  readonly count: number
  readonly accepted: number
  /** What the store does not tell: the values were not kept. */
  readonly unknown: number
}

/** Rules applied to what is stored, before they are saved (RU-6). */
export interface Trial {
  readonly total: number
  readonly accepted: number
  readonly remaining: number
  readonly unknown: number
  /** Groups at the places that the rules name, most differences first. */
  readonly groups: readonly TrialGroup[]
}

export interface TrialInput {
  readonly tried: readonly Rule[]
  /** Rules in force besides them. */
  readonly others: readonly Rule[]
  readonly groups: readonly Group[]
  /** Names of each side's schema, legacy first; absent where it is not known. */
  readonly vocabularies: readonly (Vocabulary | undefined)[]
}

type Effect = 'accepted' | 'remaining' | 'unknown'

export function tryRules(input: TrialInput): Trial {
  const all = [...input.others, ...input.tried]
  const context = new Rulebook(all).open(undefined)
  const groups = input.groups.flatMap((group) => {
    const { id, class: name, kind, coordinate, counts } = group
    const sums = { accepted: 0, remaining: 0, unknown: 0 }
    for (const { operation, region, count } of counts) {
      const effect = effectOn(group, { operation, region }, input, context)
      if (effect !== undefined) sums[effect] += count
    }
    const count = sums.accepted + sums.remaining + sums.unknown
    return count === 0 ? [] : [{ id, class: name, kind, coordinate, count, accepted: sums.accepted, unknown: sums.unknown }]
  })
  return { ...totalOf(groups), groups: groups.toSorted((a, b) => b.count - a.count) }
}

export function totalOf(groups: readonly TrialGroup[]): Omit<Trial, 'groups'> {
  const sum = (of: (group: TrialGroup) => number): number => groups.reduce((total, group) => total + of(group), 0)
  const [total, accepted, unknown] = [sum(({ count }) => count), sum((group) => group.accepted), sum((group) => group.unknown)]
  return { total, accepted, remaining: total - accepted - unknown, unknown }
}

interface Where {
  readonly operation: string
  readonly region: string
}

/** Nothing where the rules do not name the place, or where other rules accept the difference already. */
function effectOn(group: Group, where: Where, input: TrialInput, context: TransformContext): Effect | undefined {
  const examples: readonly (Example | undefined)[] = group.examples.length === 0 ? [undefined] : group.examples
  const effects = new Set(examples.map((example) => effectOnExample(group, example, where, input, context)))
  // Examples of one group that differ in this tell that the whole group does.
  return effects.size === 1 ? [...effects][0] : 'unknown'
}

function effectOnExample(
  group: Group,
  example: Example | undefined,
  where: Where,
  { tried, others, vocabularies }: TrialInput,
  context: TransformContext,
): Effect | undefined {
  const place = placeOf(group, example, where.operation, vocabularies)
  // What both answers were is not stored: a rule that asks for it is taken to hold, and then nobody knows.
  const outcome = tried.find(({ when }) => when?.outcome !== undefined)?.when?.outcome
  const circumstances = { ...where, ...(outcome === undefined ? {} : { outcome }) }
  const named = usableFor(group.class, heldAt(tried, place, circumstances))
  if (named.length === 0) return isWhole(group, tried) ? 'unknown' : undefined
  const values = valuesOf(group, example)
  const rulings = (rules: readonly Rule[], usable: (held: Held) => boolean): Ruling | undefined =>
    rulingOn(heldAt(rules, place, circumstances).filter(usable), judgedOf(group, place, values), context)
  // Which ids stand for which is learnt from whole answers.
  const isSure = ({ name, rule }: Held): boolean => name !== 'idMap' && (values.isKept || !needsValues(name, rule, group))
  if (isAccepted(rulings(others, isSure))) return undefined
  if (isAccepted(rulings([...others, ...tried], isSure)) || isReordered(group, named)) return outcome === undefined ? 'accepted' : 'unknown'
  return named.every(isSure) && !named.some((held) => isElsewhere(held, group, place)) && !isRepaired(place, tried)
    ? 'remaining'
    : 'unknown'
}

/** One group for all that differs in `extensions`, of which a rule names a member. */
function isWhole({ class: name, coordinate }: Group, tried: readonly Rule[]): boolean {
  return name === 'extensions' && coordinate === 'extensions' && tried.some(({ at }) => at.some((one) => one.startsWith('extensions.')))
}

/** Inside the value of a leaf, presence accepts what it does not accept at the leaf itself; a path with another name may be that, or an alias. */
function isElsewhere({ name }: Held, { class: found, coordinate }: Group, { path }: Place): boolean {
  return (
    name === 'presence' &&
    IN_LEAVES.has(found) &&
    !coordinate.endsWith(
      `.${path
        .split('.')
        .at(-1)
        ?.replaceAll(/\[\d+\]/g, '')}`,
    )
  )
}

const IN_LEAVES: ReadonlySet<string> = new Set(['nullness', 'null-vs-missing', 'field-extra', 'field-missing', 'type'])

/** Within a list whose elements a rule pairs anew, other values may meet. */
function isRepaired({ path }: Place, tried: readonly Rule[]): boolean {
  return path.includes('[') && tried.some(({ do: action }) => action.unordered !== undefined || action.sort !== undefined)
}

/** Shown as a warning is no longer in the way either. */
function isAccepted(ruling: Ruling | undefined): boolean {
  return ruling !== undefined && ruling.severity !== 'block'
}

/** The order of lists is the walk's business, which is not repeated here. */
function isReordered({ class: name }: Group, named: readonly Held[]): boolean {
  return name === 'list-order' && named.some((held) => held.name === 'unordered')
}
