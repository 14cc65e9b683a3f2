import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldSame, pairLines, type Line, type Pair } from '../../src/dashboard/line-diff.ts'

const textOf = (line: Line | undefined): string | undefined => line?.parts.map(({ text }) => text).join('')
const markedOf = (line: Line | undefined): string =>
  (line?.parts ?? [])
    .filter(({ marked }) => marked)
    .map(({ text }) => text)
    .join('|')
const inShort = ({ kind, left, right }: Pair): readonly unknown[] => [kind, textOf(left), textOf(right)]

test.for([
  [
    'equal answers',
    'a\nb',
    'a\nb',
    [
      ['same', 'a', 'a'],
      ['same', 'b', 'b'],
    ],
  ],
  [
    'a line that changed',
    'a\nb\nc',
    'a\nx\nc',
    [
      ['same', 'a', 'a'],
      ['changed', 'b', 'x'],
      ['same', 'c', 'c'],
    ],
  ],
  [
    'a line that only legacy has',
    'a\nb',
    'a',
    [
      ['same', 'a', 'a'],
      ['changed', 'b', undefined],
    ],
  ],
  [
    'a line that only the candidate has',
    'a',
    'a\nb',
    [
      ['same', 'a', 'a'],
      ['changed', undefined, 'b'],
    ],
  ],
  [
    'more lines in place of one',
    'a\nb',
    'a\nx\ny',
    [
      ['same', 'a', 'a'],
      ['changed', 'b', 'x'],
      ['changed', undefined, 'y'],
    ],
  ],
  [
    'line ends of another system',
    'a\r\nb',
    'a\nb',
    [
      ['same', 'a', 'a'],
      ['same', 'b', 'b'],
    ],
  ],
  ['nothing at all', '', '', [['same', '', '']]],
] as const)('%s stand side by side', ([, legacy, candidate, pairs]) => {
  expect(pairLines(legacy, candidate).map(inShort)).toEqual(pairs)
})

test('only the words that changed are marked', () => {
  const [pair] = pairLines('"at": "08:15:00.000000+00:00"', '"at": "08:15:00Z"')
  expect([markedOf(pair?.left), markedOf(pair?.right)]).toEqual(['00.000000+00:00', '00Z'])
})

test('a sign outside the basic plane is not cut in two', () => {
  const [pair] = pairLines('"🌲"', '"🌳"')
  expect([markedOf(pair?.left), markedOf(pair?.right)]).toEqual(['🌲', '🌳'])
})

test('nor is a word', () => {
  const [pair] = pairLines('"cafe\u0301"', '"caf\u00e9"')
  expect([markedOf(pair?.left), markedOf(pair?.right)]).toEqual(['cafe\u0301', 'caf\u00e9'])
})

test('answers that have nothing in common are not paired up for long', () => {
  const lines = (name: string): string => Array.from({ length: 3_000 }, (_, index) => `${name}${index}`).join('\n')
  expect(pairLines(lines('a'), lines('b'))).toHaveLength(3_000)
})

const text = fc.array(fc.constantFrom('a', 'b', '  "x": 1,', '}', ''), { maxLength: 30 }).map((lines) => lines.join('\n'))

test('each side holds all of its lines, in order and numbered', () => {
  fc.assert(
    fc.property(text, text, (legacy, candidate) => {
      const pairs = pairLines(legacy, candidate)
      for (const [side, whole] of [
        ['left', legacy],
        ['right', candidate],
      ] as const) {
        const lines = pairs.flatMap((pair) => pair[side] ?? [])
        expect(lines.map(textOf).join('\n')).toBe(whole)
        expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1))
      }
    }),
  )
})

test('a fold hides no change and loses no line', () => {
  fc.assert(
    fc.property(text, text, (legacy, candidate) => {
      const pairs = pairLines(legacy, candidate)
      const sections = foldSame(pairs)
      expect(sections.flatMap((section) => section.pairs)).toEqual(pairs)
      const folded = sections.filter(({ isFolded }) => isFolded).flatMap((section) => section.pairs)
      expect(folded.filter(({ kind }) => kind === 'changed')).toEqual([])
    }),
  )
})
