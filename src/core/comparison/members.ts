import type { Identities } from './identity.ts'
import type { Json } from './json.ts'

type JsonObject = Extract<Json, { type: 'object' }>

/** Members by key; of a repeated key the last, as most clients read it. */
export function membersOf({ members }: JsonObject): ReadonlyMap<string, Json> {
  return new Map(members.map(({ key, value }) => [key, value]))
}

/** Whether both sides write the same members in the same order, as they nearly always do. */
export function hasSameKeys(legacy: JsonObject, candidate: JsonObject): boolean {
  if (legacy.repeated || candidate.repeated || legacy.members.length !== candidate.members.length) return false
  return legacy.members.every(({ key }, index) => candidate.members[index]?.key === key)
}

/** Judged on the keys that both sides have: a key on one side only is a difference of its own. */
export function hasOtherOrder(left: ReadonlyMap<string, Json>, right: ReadonlyMap<string, Json>): boolean {
  const others = [...right.keys()].filter((key) => left.has(key))
  const common = [...left.keys()].filter((key) => right.has(key))
  return common.some((key, index) => key !== others[index])
}

/** A key twice with different values, and not in the same way on both sides: parsers disagree which one counts (JS-5). */
export function areAmbiguous(legacy: JsonObject, candidate: JsonObject, identities: Identities): boolean {
  if (!legacy.repeated && !candidate.repeated) return false
  return !identities.same(legacy, candidate) && (hasAmbiguousKey(legacy, identities) || hasAmbiguousKey(candidate, identities))
}

function hasAmbiguousKey({ members, repeated }: JsonObject, identities: Identities): boolean {
  if (!repeated) return false
  const seen = new Map<string, Json>()
  return members.some(({ key, value }) => {
    const before = seen.get(key)
    seen.set(key, value)
    return before !== undefined && !identities.same(before, value)
  })
}
