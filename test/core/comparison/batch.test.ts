import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elementsOf, entriesOf } from '../../../src/core/comparison/batch.ts'
import type { Answer } from '../../../src/core/exchange/exchange.ts'

describe('the elements of a batch', () => {
  test.each<[string, readonly string[] | undefined]>([
    ['[]', []],
    ['[1]', ['1']],
    [' [ {"a":[1,2]} ,\n{"b":"],[\\"{"} ] ', ['{"a":[1,2]}', '{"b":"],[\\"{"}']],
    ['[1.0,-0.0,9007199254740993]', ['1.0', '-0.0', '9007199254740993']],
    ['{"a":1}', undefined],
    ['[1],[2]', undefined],
    ['[1', undefined],
    ['[[1]', undefined],
    ['', undefined],
  ])('%s', (text, elements) => {
    expect(elementsOf(text)).toEqual(elements)
  })

  test('are what stood there, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), (texts) => {
        expect(elementsOf(`[${texts.join(', ')}]`)).toEqual(texts.map((text) => text.trim()))
      }),
    )
  })
})

test('status and headers of a batch are compared once', () => {
  const answer = (status: number, text: string): Answer => ({ status, headers: ['x', String(status)], body: Buffer.from(text) })
  const entries = entriesOf([answer(200, '[1,2]'), answer(400, '[3,4]')], 2)
  expect(entries?.map((pair) => pair.map(({ status, body }) => `${status} ${Buffer.from(body).toString()}`))).toEqual([
    ['200 1', '400 3'],
    ['200 2', '200 4'],
  ])
  expect(entriesOf([answer(200, '[1,2]'), answer(200, '[1]')], 2)).toBeUndefined()
  expect(entriesOf([answer(200, '[1]'), answer(400, '{"errors":[]}')], 1)).toBeUndefined()
})
