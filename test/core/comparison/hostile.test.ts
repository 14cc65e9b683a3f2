import { describe, expect, test } from 'vitest'
import type { DifferenceClass } from '../../../src/core/comparison/comparison.ts'
import { compare, type PairOptions } from './pairs.ts'

const GOOD = '{"data":{"count":1}}'
const HTML: PairOptions = { headers: [jsonType(), ['Content-Type', 'text/html']] }
const MIXED: PairOptions = { headers: [jsonType(), ['Content-Type', 'multipart/mixed; boundary="graphql"; deferSpec=20220824']] }

function jsonType(): readonly string[] {
  return ['Content-Type', 'application/json']
}

function status(candidate: number, headers: readonly string[] = jsonType()): PairOptions {
  return { status: [200, candidate], headers: [jsonType(), headers] }
}

function part(body: string): string {
  return `--graphql\r\nContent-Type: application/json\r\n\r\n${body}\r\n`
}

const list = (length: number, item: (index: number) => unknown): object => ({
  data: { users: Array.from({ length }, (_, index) => item(index)) },
})
const user = (index: number): object => ({ id: index, name: `User ${index}` })
const LONG = 100_000

type Case = [name: string, legacy: unknown, candidate: unknown, expected: DifferenceClass, options?: PairOptions]

/** What may come back, and the class that it ends in. The candidate's side is the hostile one. */
const CASES: Case[] = [
  ['nothing', GOOD, '', 'invalid'],
  ['nothing on both sides', '', '', 'identical'],
  ['no JSON', GOOD, 'oops', 'invalid'],
  ['JSON that is cut short', GOOD, GOOD.slice(0, -3), 'invalid'],
  ['HTML', GOOD, '<!doctype html><title>Bad gateway</title>', 'invalid', HTML],
  ['no UTF-8', GOOD, Buffer.from([0x7b, 0xc3, 0x28, 0x7d]), 'invalid'],
  ['UTF-16', GOOD, Buffer.from(GOOD, 'utf16le'), 'invalid'],
  ['a zero byte at the end', GOOD, `${GOOD}\0`, 'invalid'],
  ['two answers', GOOD, GOOD + GOOD, 'invalid'],
  ['brackets without end', GOOD, '['.repeat(16 * 1024 * 1024), 'inconclusive'],
  ['objects without end', GOOD, '{"a":'.repeat(1_000_000), 'inconclusive'],
  ['deep and whole', GOOD, `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'inconclusive'],
  ['as deep as is let through', `${'['.repeat(200)}1${']'.repeat(200)}`, `${'['.repeat(200)}2${']'.repeat(200)}`, 'value'],
  ['more values than are read', GOOD, `[${'0,'.repeat(600_000)}0]`, 'inconclusive'],
  ['NaN', GOOD, '{"data":{"count":NaN}}', 'invalid'],
  ['Infinity', GOOD, '{"data":{"count":-Infinity}}', 'invalid'],
  ['a number past every double', GOOD, '{"data":{"count":1e999999999}}', 'value'],
  ['a number of a million digits', GOOD, `{"data":{"count":${'9'.repeat(1_000_000)}}}`, 'value'],
  ['an exponent of a million digits', '{"data":{"count":1e1}}', `{"data":{"count":1e${'9'.repeat(1_000_000)}}}`, 'value'],
  ['a key twice with one value', GOOD, '{"data":{"count":1,"count":1}}', 'format'],
  ['a key twice with two values', GOOD, '{"data":{"count":2,"count":1}}', 'ambiguous-duplicate'],
  ['`data` twice', GOOD, '{"data":{"count":2},"data":{"count":1}}', 'ambiguous-duplicate'],
  ['a key 100,000 times', GOOD, `{"data":{${Array(LONG).fill('"count":1').join(',')}}}`, 'format'],
  ['100,000 keys', GOOD, `{"data":{"count":1,${Array.from({ length: LONG }, (_, index) => `"k${index}":0`).join(',')}}}`, 'field-extra'],
  ['`__proto__`', '{"data":{"__proto__":{"a":1}}}', '{"data":{"__proto__":{"a":2}}}', 'value'],
  ['`constructor` and `toString`', '{"data":{"constructor":1}}', '{"data":{"constructor":1,"toString":2}}', 'field-extra'],
  ['half a surrogate pair', String.raw`{"data":{"count":"\ud800"}}`, String.raw`{"data":{"count":"\udfff"}}`, 'value'],
  ['100,000 elements in another order', list(LONG, user), list(LONG, (index) => user(LONG - 1 - index)), 'list-order'],
  ['100,000 other elements', list(LONG, user), list(LONG, (index) => ({ ...user(index), name: 'x' })), 'value'],
  ['100,000 numbers in another order', list(LONG, (index) => index), list(LONG, (index) => LONG - 1 - index), 'list-order'],
  ['100,000 elements more', list(1, user), list(LONG, user), 'list-membership'],
  ['100,000 errors', GOOD, { errors: Array.from({ length: LONG }, (_, index) => ({ message: `no ${index}` })) }, 'nullness'],
  ['errors that are no errors', GOOD, { data: { count: 1 }, errors: [null, 1, [], { message: [] }, { path: {} }] }, 'error-presence'],
  ['another status', GOOD, GOOD, 'status', status(500)],
  ['204 and nothing', GOOD, '', 'invalid', status(204, [])],
  ['204 on both sides', '', '', 'identical', { status: [204, 204] }],
  ['a redirect', GOOD, '<a href="/login">', 'invalid', status(302, ['Location', '/login', 'Content-Type', 'text/html'])],
  ['a redirect with the same body', GOOD, GOOD, 'status', status(308, ['Location', '/v2', ...jsonType()])],
  ['one part', GOOD, `${part(GOOD)}--graphql--\r\n`, 'header', MIXED],
  ['one part after a preamble', GOOD, `preamble\r\n${part(GOOD)}--graphql--`, 'header', MIXED],
  ['one part and heartbeats', GOOD, `${part('{}')}${part(GOOD)}${part('{}')}--graphql--\r\n`, 'header', MIXED],
  ['one part that differs', GOOD, `${part('{"data":{"count":2}}')}--graphql--\r\n`, 'value', MIXED],
  ['one part that is no JSON', GOOD, `${part('<html>')}--graphql--\r\n`, 'inconclusive', MIXED],
  ['one part without its end', GOOD, part(GOOD), 'inconclusive', MIXED],
  ['several parts', GOOD, `${part(GOOD)}${part('{"hasNext":false}')}--graphql--\r\n`, 'inconclusive', MIXED],
  ['parts without a boundary', GOOD, part(GOOD), 'inconclusive', { headers: [jsonType(), ['Content-Type', 'multipart/mixed']] }],
  ['JSON that is called parts', GOOD, GOOD, 'header', MIXED],
  ['events', GOOD, `event: next\ndata: ${GOOD}\n\n`, 'inconclusive', { headers: [jsonType(), ['Content-Type', 'text/event-stream']] }],
]

/** Told of what is on one side only. */
const TURNED: Readonly<Partial<Record<DifferenceClass, DifferenceClass>>> = { 'field-extra': 'field-missing' }
const WITH_REASON: ReadonlySet<DifferenceClass> = new Set(['invalid', 'inconclusive'])

describe('whatever comes back ends in a class:', () => {
  test.each<Case>(CASES)('%s', (_name, legacy, candidate, expected, options = {}) => {
    const reason = WITH_REASON.has(expected) ? 'candidate: ' : ''
    const found = compare(legacy, candidate, options)
    expect([found.class, found.reason?.slice(0, 11) ?? '']).toEqual([expected, reason])
    const turned = compare(candidate, legacy, turn(options))
    expect([turned.class, turned.reason?.slice(0, 8) ?? '']).toEqual([TURNED[expected] ?? expected, reason === '' ? '' : 'legacy: '])
  })
})

function turn({ status: statuses, headers, ...options }: PairOptions): PairOptions {
  return {
    ...options,
    ...(statuses === undefined ? {} : { status: [statuses[1], statuses[0]] }),
    ...(headers === undefined ? {} : { headers: [headers[1], headers[0]] }),
  }
}
