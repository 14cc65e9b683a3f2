import { matchesOperation, wildcard } from '../operation/pattern.ts'
import { ACTIONS, actionsOf, type ActionName } from './action.ts'
import { DEFAULTS, type AnswerOutcome, type Rule } from './rule.ts'

/** A place of an answer, with every name under which a rule may mean it. */
export interface Place {
  /** `data.users[3].name`. */
  readonly path: string
  /** `query.users[].name`. */
  readonly fieldPath?: string
  /** Its names in each side's schema: a rule may use those of either. */
  readonly names: readonly Names[]
  /** What is different about it besides its value: `errors.text`. */
  readonly topic?: string
  /** Inside the value of a leaf, under the leaf's names. */
  readonly isInside?: boolean
}

export interface Names {
  /** `User.name`; several where the type is not certain. */
  readonly coordinates: readonly string[]
  /** `Node.id` for a `User.id` whose type implements `Node`. */
  readonly interfaceCoordinates: readonly string[]
  /** Name of the scalar or enum type. */
  readonly leafType?: string
  /** Names of directives on the field in the SDL. */
  readonly directives: readonly string[]
}

/** What a request is, for rules that hold for some requests only. */
export interface Circumstances {
  readonly operation?: string
  readonly region?: string
  /** What both answers are; absent where they differ in it. */
  readonly outcome?: AnswerOutcome
}

/** An action that holds at a place. */
export interface Held {
  readonly name: ActionName
  readonly rule: Rule
  /** The rule names the header, the status or the part of an error itself, and not a field. */
  readonly isNamed: boolean
}

type Form = (selector: string, place: Place) => boolean

/** Forms of a selector, most specific first: the rank of a rule is the index of the first form that fits. */
const FORMS: readonly Form[] = [
  (selector, { path }) => selector.startsWith('path:') && wildcard(selector.slice(5), path),
  (selector, { fieldPath }) => fieldPath !== undefined && selector === `field:${fieldPath}`,
  named((selector, { coordinates }) => isAll(coordinates, (coordinate) => coordinate === selector)),
  named((selector, { interfaceCoordinates }) => interfaceCoordinates.includes(selector)),
  named(
    (selector, { coordinates }) =>
      selector.endsWith('.*') && isAll(coordinates, (coordinate) => coordinate.startsWith(selector.slice(0, -1))),
  ),
  named(
    (selector, { coordinates }) => selector.startsWith('*.') && isAll(coordinates, (coordinate) => coordinate.endsWith(selector.slice(1))),
  ),
  named((selector, { leafType }) => leafType !== undefined && (selector === `scalar:${leafType}` || selector === `enum:${leafType}`)),
  named((selector, { directives }) => selector.startsWith('@') && directives.includes(selector.slice(1))),
  (selector, { topic }) => topic !== undefined && selector === topic,
  (selector, { path, topic }) => selector === DEFAULTS && topic === undefined && /^(data|body)/.test(path),
]

function named(fits: (selector: string, names: Names) => boolean): Form {
  return (selector, { names }) => names.some((side) => fits(selector, side))
}

/** A rule on a coordinate holds only when the place cannot be another one. */
function isAll(coordinates: readonly string[], fits: (coordinate: string) => boolean): boolean {
  return coordinates.length > 0 && coordinates.every(fits)
}

/**
 * The actions that hold at a place, most specific first and one of each kind (RU-1): by the form of the selector, then those with a `when`, then the
 * later one in the file. Comparators are one kind. `compare: exact` stops everything less specific than itself.
 */
export function heldAt(rules: readonly Rule[], place: Place, circumstances: Circumstances): readonly Held[] {
  const ranked = rules
    .flatMap((rule, index) => {
      const rank = holdsWhen(rule, circumstances) ? rankOf(rule, place) : undefined
      return rank === undefined ? [] : [{ rule, index, rank }]
    })
    .toSorted((a, b) => a.rank - b.rank || Number(b.rule.when !== undefined) - Number(a.rule.when !== undefined) || b.index - a.index)
    .map(({ rule }) => rule)
  const stop = ranked.findIndex((rule) => rule.do.compare !== undefined)
  const held = (stop === -1 ? ranked : ranked.slice(0, stop)).flatMap((rule) => heldBy(rule, place))
  return held.filter(({ name }, index) => held.findIndex((other) => kindOf(other.name) === kindOf(name)) === index)
}

/** The last of a rule's actions is the most specific one, for the table has them in the order in which they are applied. */
function heldBy(rule: Rule, { path, topic }: Place): readonly Held[] {
  const isNamed = rule.at.some((selector) => selector === topic || (selector === path && !/^(data|body)/.test(path)))
  return actionsOf(rule.do)
    .toReversed()
    .map((name) => ({ name, rule, isNamed }))
}

/** Of one kind only one action holds at a place. */
export function kindOf(name: ActionName): string {
  return ACTIONS[name] === 'comparator' ? 'comparator' : name
}

function rankOf(rule: Rule, place: Place): number | undefined {
  const ranks = rule.at.map((selector) => FORMS.findIndex((fits) => fits(selector, place))).filter((rank) => rank !== -1)
  return ranks.length === 0 ? undefined : Math.min(...ranks)
}

export function holdsWhen({ when }: Rule, { operation, region, outcome }: Circumstances): boolean {
  if (when?.outcome !== undefined && when.outcome !== outcome) return false
  if (when?.operation !== undefined && (operation === undefined || !matchesOperation(when.operation, operation))) return false
  return when?.region === undefined || (region !== undefined && when.region.includes(region))
}
