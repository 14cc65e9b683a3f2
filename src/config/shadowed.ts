import type { KnownField, Vocabulary } from '../core/comparison/vocabulary.ts'
import { actionsOf } from '../core/rules/action.ts'
import { kindOf } from '../core/rules/match.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { RuleInFile } from './rules.ts'

/** The forms of selectors that name coordinates, by their rank: 3 to 8 of section 8. Others name only themselves. */
const FORMS: readonly ((selector: string, field: KnownField) => boolean)[] = [
  (selector, { parent, name }) => selector === `${parent}.${name}`,
  (selector, { name, interfaces }) => interfaces.some((one) => selector === `${one}.${name}`),
  (selector, { parent }) => selector === `${parent}.*`,
  (selector, { name }) => selector === `*.${name}`,
  (selector, { type, leaf }) => leaf !== undefined && selector === `${leaf}:${type}`,
  (selector, { directives }) => selector.startsWith('@') && directives.includes(selector.slice(1)),
]

/** Ranks of what names no coordinate: a path, a field path, and behind all others the parts of errors. */
const TEXT_RANKS: readonly (readonly [prefix: string, rank: number])[] = [
  ['path:', -2],
  ['field:', -1],
  ['errors.', FORMS.length],
]

/** Every coordinate that a rule names in some schema; a selector that the schemas do not resolve stands for itself. */
export function coordinatesOf({ at }: Rule, vocabularies: readonly Vocabulary[]): readonly string[] {
  return [...new Set(at.flatMap((selector) => [...ranksOf(selector, vocabularies).keys()]))]
}

/** The rank of a selector at each coordinate that it names. */
function ranksOf(selector: string, vocabularies: readonly Vocabulary[]): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const { types, possible } of vocabularies) {
    for (const [type, fields] of types) {
      // Answers hold objects: an interface's coordinate stands for those of its types.
      if (possible.get(type)?.includes(type) !== true) continue
      for (const field of fields.values()) {
        const rank = FORMS.findIndex((fits) => fits(selector, field))
        if (rank !== -1) ranks.set(`${field.parent}.${field.name}`, rank)
      }
    }
  }
  const text = TEXT_RANKS.find(([prefix]) => selector.startsWith(prefix))?.[1]
  return ranks.size > 0 ? ranks : new Map([[selector, text ?? 0]])
}

/** The rule that is stronger than another one everywhere, for each of its actions; nothing where that one has a place of its own. */
export function shadowOf(entry: RuleInFile, all: readonly RuleInFile[], vocabularies: readonly Vocabulary[]): RuleInFile | undefined {
  const mine = rankedPlaces(entry.rule, vocabularies)
  const others = all.flatMap((other, index) =>
    other === entry || !coversWhen(other.rule, entry.rule) ? [] : [{ other, index, places: rankedPlaces(other.rule, vocabularies) }],
  )
  const own = all.indexOf(entry)
  let strongest: RuleInFile | undefined
  for (const [place, rank] of mine) {
    for (const kind of actionsOf(entry.rule.do).map(kindOf)) {
      const stronger = others.find(({ other, index, places }) => {
        const theirs = places.get(place)
        if (theirs === undefined || !hasKind(other.rule, kind)) return false
        if (theirs !== rank) return theirs < rank
        const conditions = Number(other.rule.when !== undefined) - Number(entry.rule.when !== undefined)
        return conditions === 0 ? index > own : conditions > 0
      })
      if (stronger === undefined) return undefined
      strongest ??= stronger.other
    }
  }
  return strongest
}

function rankedPlaces({ at }: Rule, vocabularies: readonly Vocabulary[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>()
  for (const selector of at) {
    for (const [place, rank] of ranksOf(selector, vocabularies)) best.set(place, Math.min(rank, best.get(place) ?? rank))
  }
  return best
}

function hasKind(rule: Rule, kind: string): boolean {
  return rule.do.compare !== undefined || actionsOf(rule.do).some((name) => kindOf(name) === kind)
}

/** Whether a rule holds in all requests in which the other one does. */
function coversWhen({ when }: Rule, other: Rule): boolean {
  return when === undefined || JSON.stringify(when) === JSON.stringify(other.when)
}
