const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COLON] = ['"', '\\', '{', '}', '[', ']', ':'].map((c) =>
  c.charCodeAt(0),
)

/**
 * Whether a JSON object says a key twice, in whatever spelling. Parsers disagree about such an object: most take the last value, some the
 * first, some refuse. One pass over a text that is known to be JSON; values within are skipped.
 * @param level depth of the objects that are looked at: 1 is the whole, 2 those within it
 */
export function duplicateKeys(text: string, level = 1): boolean {
  const keys = new Set<string>()
  let depth = 0
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      const end = stringEnd(text, i)
      if (depth === level && isKey(text, end)) {
        const key: unknown = JSON.parse(text.slice(i, end))
        if (typeof key === 'string') {
          if (keys.has(key)) return true
          keys.add(key)
        }
      }
      i = end - 1
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1
      if (depth === level) keys.clear()
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth -= 1
    }
  }
  return false
}

/** The index after the closing quote of the string that opens at `start`. */
export function stringEnd(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1
  return i + 1
}

function isKey(text: string, after: number): boolean {
  let i = after
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1
  return text.charCodeAt(i) === COLON
}
