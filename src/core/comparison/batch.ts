import type { Answer } from '../exchange/exchange.ts'

/**
 * The answers within the answer to a batch, by position (BA-4), each with the bytes that stood there. The head is compared once: all but the first get that of
 * the first side, and so differ from it in nothing but their bodies.
 * @returns nothing where either side is no array with one answer for each entry
 */
export function entriesOf(
  [first, second]: readonly [Answer, Answer],
  count: number,
): readonly (readonly [first: Answer, second: Answer])[] | undefined {
  const [ours, theirs] = [elementsOf(textOf(first)), elementsOf(textOf(second))]
  if (ours?.length !== count || theirs?.length !== count) return undefined
  return ours.map((text, index) => {
    const head = index === 0 ? second : first
    return [
      { ...first, body: Buffer.from(text) },
      { ...head, body: Buffer.from(theirs[index] ?? '') },
    ]
  })
}

function textOf({ body }: Answer): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
}

const OPEN = /[[{]/
const CLOSE = /[\]}]/
/** What a split has to look at: strings as a whole, brackets and commas. */
const MARKS = /"(?:[^"\\]|\\.)*"|[[\]{},]/gs

/** The texts of the elements of a JSON array; nothing for what is none. Whether each is JSON is for its reader to say. */
export function elementsOf(text: string): readonly string[] | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('[') || !trimmed.endsWith(']')) return undefined
  const elements: string[] = []
  let depth = 0
  let start = 1
  for (const { 0: mark, index } of trimmed.matchAll(MARKS)) {
    if (OPEN.test(mark) && mark.length === 1) depth += 1
    else if (CLOSE.test(mark) && mark.length === 1) depth -= 1
    if (depth === 0 && index < trimmed.length - 1) return undefined
    if (depth === 0 || (depth === 1 && mark === ',')) {
      elements.push(trimmed.slice(start, index).trim())
      start = index + 1
    }
  }
  if (depth !== 0) return undefined
  return elements.length === 1 && elements[0] === '' ? [] : elements
}
