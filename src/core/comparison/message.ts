/** Longest message that is looked at, in characters. */
const MESSAGE_LENGTH = 500

/** Parts of a message that came from a client or a record, and what stands for them. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/"(?:[^"\\]|\\.)*"|`[^`]*`|“[^”]*”|‘[^’]*’|(?<![A-Za-z])'(?:[^'\\]|\\.)*?'(?![A-Za-z])/g, '‹…›'],
  [/\S+@\S+/g, '‹…›'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '‹id›'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b/gi, '‹id›'],
  [/\d+(?:[.,]\d+)*/g, '‹n›'],
]

/**
 * An error's text with what people put into it taken out (ER-5), so that it can be stored and grouped: `Variable ‹…› got invalid value ‹…›`. Apostrophes
 * within words (`can't`) quote nothing.
 */
export function templateOf(message: string): string {
  const text = PARTS.reduce((text, [part, sign]) => text.replaceAll(part, sign), message.slice(0, MESSAGE_LENGTH).replaceAll(/\s+/g, ' '))
  // A quote that the cut left open hides what follows it.
  return text.replace(/(["`“]|(?<![A-Za-z])').*$/, '‹…›').trim()
}
