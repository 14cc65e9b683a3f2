/** Longest message that is looked at, in characters. */
const MESSAGE_LENGTH = 500

/** Words that servers begin in upper case in the middle of a sentence. Every other such word may be somebody's name. */
const VOCABULARY: ReadonlySet<string> = new Set(
  `Syntax Error Expected Name Unknown Cannot Variable Field Argument Directive Fragment Type Enum Input Object List Null Undefined Int Float String
  Boolean Query Mutation Subscription Internal Server Bad Request Not Found Unauthorized Forbidden Timeout Service Unavailable Gateway Did You Mean
  Value Invalid Missing Must Schema Document Operation Interface Union Scalar Date Time`.split(/\s+/),
)

/** Parts of a message that came from a client or a record, and what stands for them. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/"(?:[^"\\]|\\.)*"|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»|(?<![A-Za-z])'(?:[^'\\]|\\.)*?'(?![A-Za-z])/g, '‹…›'],
  [/\S+@\S+/g, '‹…›'],
  [/\S*:\/\/\S+|(?<!\S)\/?[^\s/]+\/[^\s/]+\/\S+/g, '‹url›'],
  [/\b[\w.-]+=\S+/g, '‹…›'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '‹id›'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b/gi, '‹id›'],
  [/(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]+/g, '‹…›'],
  [/\d+(?:[.,]\d+)*/g, '‹n›'],
]

/** A word in upper case that begins no sentence, and the word of the same sort before it. */
const NAME = /(?<!^|[.:!?|] )(?<![\p{L}‹])\p{Lu}\p{L}*\p{Ll}\p{L}*/gu
const FIRST_NAME = /(?<=^|[.:!?|] )(\p{Lu}\p{L}*) (?=‹name›)/gu

/**
 * An error's text with what people put into it taken out (ER-5, PI-5), so that it can be stored and grouped: `Variable ‹…› got invalid value ‹…›`.
 * Apostrophes within words (`can't`) quote nothing.
 */
export function templateOf(message: string): string {
  const text = PARTS.reduce((text, [part, sign]) => text.replaceAll(part, sign), message.slice(0, MESSAGE_LENGTH).replaceAll(/\s+/g, ' '))
  // A quote that the cut left open hides what follows it.
  return withoutNames(text.replace(/(["`“«]|(?<![A-Za-z])').*$/, '‹…›').trim())
}

function withoutNames(text: string): string {
  return text
    .replaceAll(NAME, (word) => (VOCABULARY.has(word) ? word : '‹name›'))
    .replaceAll(FIRST_NAME, (first, word: string) => (VOCABULARY.has(word) ? first : '‹name› '))
    .replaceAll(/‹name›(?: ‹name›)+/g, '‹name›')
}

/** An error's code where it is one: a word in upper case, a number or both (`P2002`). A code that could be a value is none that may be kept. */
export function codeText(code: string): string {
  return /^[A-Za-z][A-Za-z_.-]{0,63}\d{0,4}$|^\d{1,5}$/.test(code) ? code : '‹code›'
}
