import { sides, type Finding } from './finding.ts'
import type { Identities } from './identity.ts'
import { member, type Json } from './json.ts'

/**
 * What differs in `extensions` (ER-7): each member that a rule names by itself, and one finding for all the rest, whose keys nobody asked for.
 * @param asked paths of keys below `extensions`
 */
export function compareExtensions(
  legacy: Json | undefined,
  candidate: Json | undefined,
  asked: readonly (readonly string[])[],
  identities: Identities,
): readonly Finding[] {
  if (identities.same(legacy, candidate)) return []
  const found = asked.flatMap((keys): Finding[] => {
    const [a, b] = [keys.reduce(member, legacy), keys.reduce(member, candidate)]
    return identities.same(a, b) ? [] : [{ class: 'extensions', kind: 'member', path: ['extensions', ...keys], ...sides(a, b) }]
  })
  const [restA, restB] = [without(legacy, asked), without(candidate, asked)]
  const isRestSame = found.length > 0 && identities.same(restA, restB)
  return isRestSame ? found : [...found, { class: 'extensions', kind: 'extensions', path: ['extensions'], ...sides(legacy, candidate) }]
}

/** Nothing where nothing is left, as on the side that has no extensions. */
function without(json: Json | undefined, asked: readonly (readonly string[])[]): Json | undefined {
  if (json?.type !== 'object') return json
  const members = json.members.flatMap(({ key, value }) => {
    const below = asked.filter(([first]) => first === key).map(([, ...rest]) => rest)
    if (below.some((rest) => rest.length === 0)) return []
    const left = below.length === 0 ? value : without(value, below)
    return left === undefined ? [] : [{ key, value: left }]
  })
  return members.length === 0 ? undefined : { ...json, members }
}
