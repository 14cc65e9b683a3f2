import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changesOf, type Change } from '../../../src/core/comparison/change-set.ts'
import { toPlain } from '../../../src/core/comparison/json-text.ts'
import { readJson, type Json } from '../../../src/core/comparison/json.ts'

function json(text: string): Json {
  const read = readJson(text, { depth: 100, nodes: 200_000 })
  if ('error' in read) throw new Error(read.message)
  return read.json
}

function changes(legacy: string, candidate: string): readonly Change[] {
  const found = changesOf(json(legacy), json(candidate))
  if ('reason' in found) throw new Error(found.reason)
  return found.changes
}

/** Does what the changes say, from the last to the first, so that indexes of a list stay true while elements go. */
function apply(value: unknown, steps: readonly Change[]): unknown {
  const root: { answer: unknown } = { answer: value }
  const additions = steps.filter(({ kind }) => kind !== 'remove')
  const removals = steps.filter(({ kind }) => kind === 'remove').toReversed()
  for (const step of [...additions, ...removals]) {
    const whole = ['answer', ...step.path]
    // Every place above a change is an object or a list.
    const parent = whole.slice(0, -1).reduce<unknown>((at, segment) => (at as Record<string, unknown>)[segment], root) as Record<
      string | number,
      unknown
    >
    const last = whole.at(-1) ?? 'answer'
    if (step.kind !== 'remove') parent[last] = step.candidate
    else if (Array.isArray(parent)) parent.splice(Number(last), 1)
    else delete parent[last]
  }
  return root.answer
}

describe('the changes', () => {
  test('make the candidate of legacy, for every pair of values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (legacy, candidate) => {
        const [left, right] = [JSON.stringify(legacy), JSON.stringify(candidate)]
        expect(apply(toPlain(json(left)), changes(left, right))).toEqual(toPlain(json(right)))
      }),
      { numRuns: 500 },
    )
  })

  test('make it of values that are nearly alike too', () => {
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '2', 'null', '"a"', '{}', '[]'),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
        fc
          .uniqueArray(fc.tuple(fc.constantFrom('a', '$root', 'a.b', '__proto__', 'length', '0', ''), tie('value')), {
            maxLength: 3,
            selector: ([key]) => key,
          })
          .map((members) => `{${members.map(([key, inner]) => `"${key}":${inner}`).join(',')}}`),
      ),
    }))
    fc.assert(
      fc.property(value, value, (left, right) => {
        expect(apply(toPlain(json(left)), changes(left, right))).toEqual(toPlain(json(right)))
      }),
      { numRuns: 1_000 },
    )
  })

  test.each<[string, string, readonly Change[]]>([
    ['{"a":1}', '{"a":"1"}', [{ kind: 'replace', path: ['a'], legacy: 1, candidate: '1' }]],
    ['{"a":1}', '{"a":null}', [{ kind: 'replace', path: ['a'], legacy: 1, candidate: null }]],
    ['{"$root":1}', '{"$root":2}', [{ kind: 'replace', path: ['$root'], legacy: 1, candidate: 2 }]],
    ['{"a":[1,2]}', '{"a":[1]}', [{ kind: 'remove', path: ['a', 1], legacy: 2 }]],
    ['{"a.b":1}', '{"a.b":1,"c":2}', [{ kind: 'add', path: ['c'], candidate: 2 }]],
    ['9007199254740993', '9007199254740992', [{ kind: 'replace', path: [], legacy: '9007199254740993', candidate: 9_007_199_254_740_992 }]],
    ['1.0', '1', []],
    [
      '{"a":"9007199254740993"}',
      '{"a":9007199254740993}',
      [{ kind: 'replace', path: ['a'], legacy: '9007199254740993', candidate: '9007199254740993' }],
    ],
    [
      '[]',
      String.raw`["\u0000a",[9007199254740993]]`,
      [
        { kind: 'add', path: [0], candidate: '\u0000a' },
        { kind: 'add', path: [1], candidate: ['9007199254740993'] },
      ],
    ],
  ])('from %s to %s are told as they are', (legacy, candidate, expected) => {
    expect(changes(legacy, candidate)).toEqual(expected)
  })

  test('are not told where a plain object would lose one', () => {
    expect(changesOf(json('{"a":1,"a":2}'), json('{"a":2}'))).toEqual({ reason: 'duplicate-keys' })
    expect(changesOf(json(`[${'0,'.repeat(30_000)}0]`), json('[]'))).toEqual({ reason: 'too-large' })
  })
})
