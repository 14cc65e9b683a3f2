import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REGEX_EFFORT, replaceAll } from '../../../src/core/rules/automaton.ts'
import { readExpression } from '../../../src/core/rules/expression-text.ts'

function replaced(pattern: string, text: string, replace: string): string | undefined {
  const expression = readExpression(pattern)
  if ('problem' in expression) throw new Error(expression.problem)
  return replaceAll(expression, text, replace, { left: REGEX_EFFORT })
}

describe('an expression', () => {
  test.each([
    ['[?&]sig=[^&]+', 'https://x/y?sig=abc&a=1', ''],
    ['a|ab', 'abab', 'x'],
    ['ab|a', 'abab', 'x'],
    ['(a+)(b*)', 'aabbab', '$2$1'],
    ['a*?b', 'aaab', 'x'],
    ['', 'abc', '-'],
    ['x*', 'axxb', '-'],
    ['^a', 'aaa', 'x'],
    ['a$', 'aaa', 'x'],
    [String.raw`\bcat\b`, 'cat concat cat', 'dog'],
    [String.raw`\d{4}-\d\d`, '2026-11 and 26-11', '[$&]'],
    ['(?:ab){2,3}', 'ababababab', '.'],
    ['[a-c-]+', 'a-b-z', '_'],
    ['[^a-c]', 'abcd', '$$'],
    [String.raw`[\w.]+@[\w.]+`, 'mail ann@example.com now', 'x'],
    [String.raw`\u00eb`, 'Zoë', 'e'],
    ['(a*)*b', 'aaab', 'x'],
    ['.', 'a🚀b', 'x'],
    ['a.c', 'a\nc abc', 'x'],
    [String.raw`\Bat`, 'at cat', 'x'],
    ['(x)?y', 'y xy', '[$1]'],
    ['a{2}', 'aaaaa', 'x'],
    ['a{2,}', 'aaaaa', 'x'],
  ])('%j in %j is replaced as JavaScript does it', (pattern, text, replace) => {
    expect(replaced(pattern, text, replace)).toBe(text.replaceAll(new RegExp(pattern, 'gu'), replace))
  })

  test('of any form is replaced as JavaScript does it', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a)', '(a|b)', '(?:ab)')
    const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '*?', '+?', '{1,2}')).map((parts) => parts.join(''))
    const pattern = fc.array(
      fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 })
    fc.assert(
      fc.property(pattern, text, (alternatives, text) => {
        const source = alternatives.join('|')
        expect(replaced(source, text, '<$&>')).toBe(text.replaceAll(new RegExp(source, 'g'), '<$&>'))
      }),
    )
  })

  test.each([
    ['(a', 'a group is not closed'],
    ['a)', 'there is a `)` too many'],
    ['[a', 'it ends in the middle'],
    ['*a', 'there is nothing to repeat before `*`'],
    ['a**', 'a repetition is repeated'],
    ['a(?=b)', 'look-around and named groups are not possible in linear time; write `(?:…)`'],
    [String.raw`(a)\1`, 'references to groups are not possible in linear time'],
    ['a{3,2}', '`{3,2}` is out of order, or more than 200'],
    ['((a{200}){200}){200}', 'it is too long, with its repetitions written out'],
    ['('.repeat(60), 'its groups are nested deeper than 50'],
    ['[z-a]', 'the range after `z` has no end'],
    [String.raw`\u12`, '`\\u` needs hexadecimal digits'],
  ])('%j is refused, and it is said why', (pattern, problem) => {
    expect(readExpression(pattern)).toEqual({ problem })
  })

  test('that makes others backtrack without end costs its effort and no more', () => {
    const expression = readExpression('(a+)+$')
    if ('problem' in expression) throw new Error(expression.problem)
    const effort = { left: REGEX_EFFORT }
    expect(replaceAll(expression, `${'a'.repeat(30)}b`, 'x', effort)).toBe(`${'a'.repeat(30)}b`)
    expect(REGEX_EFFORT - effort.left).toBeLessThan(1_000)
    expect(replaceAll(expression, 'a'.repeat(9_000), 'x', { left: 100 })).toBeUndefined()
    expect(replaceAll(expression, 'a'.repeat(10_001), 'x', effort)).toBeUndefined()
  })
})
