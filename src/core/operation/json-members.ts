import { stringEnd } from './duplicate-keys.ts'

/**
 * The members of a JSON object by their names, each value as it is written. Of a name that stands twice, the last. Nothing for a text that is no object.
 */
export function membersOf(text: string): ReadonlyMap<string, string> | undefined {
  if (!isObject(text)) return undefined
  const members = new Map<string, string>()
  let at = text.indexOf('{') + 1
  for (let keyStart = text.indexOf('"', at); keyStart !== -1 && at < text.length; keyStart = text.indexOf('"', at)) {
    const keyEnd = stringEnd(text, keyStart)
    const valueStart = text.indexOf(':', keyEnd) + 1
    const end = valueEnd(text, valueStart)
    members.set(String(JSON.parse(text.slice(keyStart, keyEnd))), text.slice(valueStart, end).trim())
    at = end + 1
  }
  return members
}

/** Where a value ends that is known to be whole: at the comma or the brace that follows it. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  let i = start
  while (i < text.length) {
    const char = text[i]
    if (char === '"') {
      i = stringEnd(text, i)
      continue
    }
    if (depth === 0 && (char === ',' || char === '}')) return i
    if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    i += 1
  }
  return i
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false // not JSON, or nested deeper than the stack
  }
}
