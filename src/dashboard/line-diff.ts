import { diffLines } from 'diff'

/** Part of a line; `marked` where it differs from the line beside it. */
export interface Part {
  readonly text: string
  readonly marked: boolean
}

export interface Line {
  /** From 1, in its own answer. */
  readonly number: number
  readonly parts: readonly Part[]
}

/** Two lines side by side; a side is absent where only the other has one. */
export interface Pair {
  readonly kind: 'same' | 'changed'
  readonly left?: Line
  readonly right?: Line
}

/** Pairs that are shown, or equal ones that are folded away. */
export interface Section {
  readonly isFolded: boolean
  readonly pairs: readonly Pair[]
}

/** Equal lines shown around a change. */
const CONTEXT = 4
/** Fewer equal lines are not worth a fold. */
const LEAST_FOLD = 4
/** Answers that differ in more lines than this differ as a whole: pairing them up would take long and say nothing. */
const MAX_EDITS = 1_500

/** Two answers line by line. What was removed stands beside what came in its place. */
export function pairLines(legacy: string, candidate: string): readonly Pair[] {
  const changes = diffLines(ended(legacy), ended(candidate), { maxEditLength: MAX_EDITS }) ?? [
    { value: ended(legacy), removed: true, added: false },
    { value: ended(candidate), removed: false, added: true },
  ]
  const pairs: Pair[] = []
  const numbers = { left: 0, right: 0 }
  let removed: readonly string[] = []
  const flush = (added: readonly string[]): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1)
      pairs.push(changedPair(removed[index], added[index], numbers))
    removed = []
  }
  for (const { value, removed: isRemoved, added: isAdded } of changes) {
    const lines = value.split('\n').slice(0, -1)
    if (isRemoved) removed = lines
    else if (isAdded) flush(lines)
    else {
      flush([])
      for (const text of lines) pairs.push({ kind: 'same', left: line(text, (numbers.left += 1)), right: line(text, (numbers.right += 1)) })
    }
  }
  flush([])
  return pairs
}

function ended(text: string): string {
  return `${text.replaceAll(/\r\n?/g, '\n')}\n`
}

function line(text: string, number: number): Line {
  return { number, parts: [{ text, marked: false }] }
}

function changedPair(left: string | undefined, right: string | undefined, numbers: { left: number; right: number }): Pair {
  const [leftParts, rightParts] = left === undefined || right === undefined ? [whole(left), whole(right)] : markMiddle(left, right)
  return {
    kind: 'changed',
    ...(left === undefined ? {} : { left: { number: (numbers.left += 1), parts: leftParts } }),
    ...(right === undefined ? {} : { right: { number: (numbers.right += 1), parts: rightParts } }),
  }
}

function whole(text = ''): readonly Part[] {
  return [{ text, marked: true }]
}

/** Marks what lies between the common beginning and the common end of two lines. */
function markMiddle(left: string, right: string): readonly [readonly Part[], readonly Part[]] {
  const [a, b] = [wordsOf(left), wordsOf(right)]
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start += 1
  let end = 0
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const parts = (words: readonly string[]): readonly Part[] =>
    [
      { text: words.slice(0, start).join(''), marked: false },
      { text: words.slice(start, words.length - end).join(''), marked: true },
      { text: words.slice(words.length - end).join(''), marked: false },
    ].filter(({ text }) => text !== '')
  return [parts(a), parts(b)]
}

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** Words and the signs between them: a mark on half a word, or on an accent alone, is hard to read. */
function wordsOf(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Folds long runs of equal lines away, but for a few around each change. */
export function foldSame(pairs: readonly Pair[]): readonly Section[] {
  const isNear = pairs.map((_, index) =>
    pairs.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind === 'changed'),
  )
  const sections: { isFolded: boolean; pairs: Pair[] }[] = []
  for (const [index, pair] of pairs.entries()) {
    const isFolded = isNear[index] !== true
    const last = sections.at(-1)
    if (last?.isFolded === isFolded) last.pairs.push(pair)
    else sections.push({ isFolded, pairs: [pair] })
  }
  return sections.map((section) => ({ pairs: section.pairs, isFolded: section.isFolded && section.pairs.length >= LEAST_FOLD }))
}
