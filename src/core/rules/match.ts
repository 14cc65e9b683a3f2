import { matchesOperation, wildcard } from '../operation/pattern.ts'
import type { Rule } from './rule.ts'

/** A place of an answer, with every name under which a rule may mean it. */
export interface Place {
  /** `data.users[3].name`. */
  readonly path: string
  /** `query.users[].name`. */
  readonly fieldPath?: string
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
}

/** Forms of a selector, most specific first: the rank of a rule is the index of the first form that fits. */
const FORMS: readonly ((selector: string, place: Place) => boolean)[] = [
  (selector, { path }) => selector.startsWith('path:') && wildcard(selector.slice(5), path),
  (selector, { fieldPath }) => fieldPath !== undefined && selector === `field:${fieldPath}`,
  (selector, { coordinates }) => isAll(coordinates, (coordinate) => coordinate === selector),
  (selector, { interfaceCoordinates }) => interfaceCoordinates.includes(selector),
  (selector, { coordinates }) => selector.endsWith('.*') && isAll(coordinates, (coordinate) => coordinate.startsWith(selector.slice(0, -1))),
  (selector, { coordinates }) => selector.startsWith('*.') && isAll(coordinates, (coordinate) => coordinate.endsWith(selector.slice(1))),
  (selector, { leafType }) => leafType !== undefined && (selector === `scalar:${leafType}` || selector === `enum:${leafType}`),
  (selector, { directives }) => selector.startsWith('@') && directives.includes(selector.slice(1)),
]

/** A rule on a coordinate holds only when the place cannot be another one. */
function isAll(coordinates: readonly string[], fits: (coordinate: string) => boolean): boolean {
  return coordinates.length > 0 && coordinates.every(fits)
}

/**
 * The rules that hold at a place, most specific first: by the form of the selector, then those with a `when`, then the later one in the
 * file. `compare: exact` stops everything less specific than itself.
 */
export function rulesAt(rules: readonly Rule[], place: Place, circumstances: Circumstances): readonly Rule[] {
  const ranked = rules
    .map((rule, index) => ({ rule, index, rank: rankOf(rule, place) }))
    .filter(({ rule, rank }) => rank !== undefined && holdsWhen(rule, circumstances))
    .toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || Number(b.rule.when !== undefined) - Number(a.rule.when !== undefined) || b.index - a.index)
    .map(({ rule }) => rule)
  const stop = ranked.findIndex((rule) => 'compare' in rule.do)
  return stop === -1 ? ranked : ranked.slice(0, stop)
}

function rankOf(rule: Rule, place: Place): number | undefined {
  const ranks = rule.at.map((selector) => FORMS.findIndex((fits) => fits(selector, place))).filter((rank) => rank !== -1)
  return ranks.length === 0 ? undefined : Math.min(...ranks)
}

function holdsWhen({ when }: Rule, { operation, region }: Circumstances): boolean {
  if (when?.operation !== undefined && (operation === undefined || !matchesOperation(when.operation, operation))) return false
  return when?.region === undefined || (region !== undefined && when.region.includes(region))
}
