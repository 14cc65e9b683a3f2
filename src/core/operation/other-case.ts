import { SOURCES, type Reading } from './profile.ts'

/**
 * Whether a JSON body may say to some server what is to run under a name that differs in case from the one that all servers read. A batch says it in any of its requests.
 * @param json what a parser makes of the body
 */
export function saysInOtherCase(json: object, { otherCase, idMembers }: Pick<Reading, 'otherCase' | 'idMembers'>): boolean {
  if (otherCase === 'ignored') return false
  const requests: readonly unknown[] = Array.isArray(json) ? json : [json]
  return requests.some((request) => Object.keys(Object(request)).some((key) => !isExact(key, idMembers) && isFolded(key, idMembers)))
}

function isExact(key: string, idMembers: readonly string[]): boolean {
  return EXACT.has(key) || idMembers.includes(key)
}

function isFolded(key: string, idMembers: readonly string[]): boolean {
  const folded = fold(key)
  return FOLDED.has(folded) || idMembers.some((name) => fold(name) === folded)
}

/** Up and down, because some letters have a second small or large one: the Kelvin sign, the long s. */
function fold(name: string): string {
  return name.toLowerCase().toUpperCase()
}

const EXACT: ReadonlySet<string> = new Set(SOURCES)
const FOLDED: ReadonlySet<string> = new Set(SOURCES.map(fold))
