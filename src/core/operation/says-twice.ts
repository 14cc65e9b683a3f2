import { duplicateKeys } from './duplicate-keys.ts'

/** Objects within one another from a request to the hash of its document. */
const HASH_DEPTH = 3

/**
 * Whether a body says twice what is to run: in a member of a request, or, where only a hash names the document, on the way to that hash. Servers differ on which of the two counts.
 * @param text of the body
 * @param json what a parser makes of it that takes the last
 * @param quoted members that say what runs, as JSON writes them
 */
export function saysTwice(text: string, json: object, quoted: readonly string[]): boolean {
  if (Array.isArray(json)) return repeatsKeys(text, 2, json.some(hasNoDocument))
  // Cheap to rule out for nearly every body, and only then looked for in earnest.
  return hasNoDocument(json) ? repeatsKeys(text, 1, true) : mayRepeatKeys(text, quoted) && repeatsKeys(text, 1, false)
}

function hasNoDocument(request: unknown): boolean {
  return typeof request === 'object' && request !== null && !Object.hasOwn(request, 'query')
}

function repeatsKeys(text: string, level: number, toHash: boolean): boolean {
  return Array.from({ length: toHash ? HASH_DEPTH : 1 }, (_, below) => level + below).some((at) => duplicateKeys(text, at))
}

/** One spelling of each member in the whole text and no escaped letters: no key that matters can be there twice. */
function mayRepeatKeys(text: string, quoted: readonly string[]): boolean {
  return text.includes('\\u') || quoted.some((name) => isTwice(text, name))
}

/** Only forwards: searching a text from its end is several times slower. */
function isTwice(text: string, part: string): boolean {
  const first = text.indexOf(part)
  return first !== -1 && text.includes(part, first + part.length)
}
