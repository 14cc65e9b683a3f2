import { describe, expect, test } from 'vitest'
import { effectOf, hasData, requestErrors, restEffectOf } from '../../../src/core/exchange/effect.ts'

const answer = (status: number, body: string) => ({ status, body: Buffer.from(body) })

describe('what an answer says of a write', () => {
  test.each<[string, number, string, number, string]>([
    ['data', 200, '{"data":{"add":{"id":1}}}', 1, 'written'],
    ['an empty object', 200, '{"data":{}}', 1, 'written'],
    ['null without an error', 200, '{"data":{"add":null}}', 1, 'written'],
    ['an error below its root', 200, '{"data":{"add":{"id":1,"x":null}},"errors":[{"message":"m","path":["add","x"]}]}', 1, 'written'],
    ['another status of success', 201, '{"data":{"add":1}}', 1, 'written'],
    ['the error of its root', 200, '{"data":{"add":null},"errors":[{"message":"m","path":["add"]}]}', 1, 'refused'],
    ['the errors of all roots', 200, '{"data":{"a":null,"b":null},"errors":[{"path":["a"]},{"path":["b"]}]}', 2, 'refused'],
    ['one root of two', 200, '{"data":{"a":1,"b":null},"errors":[{"path":["b"]}]}', 2, 'unsure'],
    ['request errors without data', 200, '{"errors":[{"message":"m"}]}', 1, 'refused'],
    ['request errors with data of null', 200, '{"data":null,"errors":[{"message":"m"}]}', 2, 'refused'],
    ['a root that took all with it', 200, '{"data":null,"errors":[{"path":["add"]}]}', 1, 'refused'],
    ['the same with roots before it', 200, '{"data":null,"errors":[{"path":["b"]}]}', 2, 'unsure'],
    ['a refusal by status', 400, '{"errors":[{"message":"m"}]}', 1, 'refused'],
    ['a refusal in no JSON', 401, 'who are you', 1, 'refused'],
    ['a refusal with data', 400, '{"data":{"add":1}}', 1, 'unsure'],
    ['a fault', 500, '{"data":{"add":1}}', 1, 'unsure'],
    ['a redirect', 302, '', 1, 'unsure'],
    ['no JSON', 200, '<html>', 1, 'unsure'],
    ['no GraphQL', 200, '[]', 1, 'unsure'],
    ['nothing', 200, '{"data":null}', 1, 'unsure'],
    ['errors that are none', 200, '{"data":{"a":1},"errors":"x"}', 1, 'unsure'],
    ['a path that is none', 200, '{"data":{"a":1},"errors":[{"path":"a"},7,null]}', 1, 'written'],
    ['nesting without an end', 200, '['.repeat(100_000), 1, 'unsure'],
  ])('%s', (_name, status, body, roots, effect) => {
    expect(effectOf(answer(status, body), roots)).toBe(effect)
  })

  test.each<[string, readonly number[]]>([
    ['written', [200, 201, 202, 204, 303]],
    ['refused', [400, 401, 404, 409, 422, 429, 307, 308]],
    ['unsure', [301, 302, 304, 500, 502, 503]],
  ])('of a path says %s by these: %j', (effect, statuses) => {
    expect(statuses.map((status) => restEffectOf({ status }))).toEqual(statuses.map(() => effect))
  })

  test('and whether anything ran', () => {
    expect(['{"data":{"a":null}}', '{"data":{}}', '{"data":null}', '{"errors":[]}', 'x'].map((body) => hasData(answer(200, body)))).toEqual(
      [true, false, false, false, false],
    )
  })

  test('and which errors came before anything ran', () => {
    const bodies = ['{"errors":[1]}', '{"data":null,"errors":[{"path":["a"]}]}', '{"data":{},"errors":[1]}', 'x']
    expect(bodies.map((body) => requestErrors(answer(200, body)))).toEqual([[1], [], [], undefined])
  })
})
