import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { linesOf, type TextLine } from '../../src/cli/text-lines.ts'
import { cli } from '../support/banyan.ts'

const SCHEMA = 'type Query { count: Int }'
const folder = mkdtempSync(join(tmpdir(), 'banyan-batch-'))

function file(text: string, name: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function pair(id: string | undefined, legacy: unknown, candidate: unknown, more: object = {}): string {
  const answer = (value: unknown) => ({ body: typeof value === 'string' ? value : JSON.stringify({ data: { count: value } }) })
  return `${JSON.stringify({ id, document: '{ count }', schema: SCHEMA, legacy: answer(legacy), candidate: answer(candidate), ...more })}\n`
}

const EQUAL = pair('equal', 1, 1)
const OTHER = pair('other', 1, 2)
const UNJUDGED = pair('unjudged', '['.repeat(500), 1)
const RULED = pair('ruled', 1, 2, { rules: [{ id: 'r', why: 'w', expires: '2999-01-01', at: 'Query.count', do: { ignore: true } }] })

interface Line {
  readonly id: unknown
  readonly verdict: string
  readonly line?: number
}
const results = (stdout: string): Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

describe('banyan compare --batch', () => {
  test.each<[string, string, number]>([
    ['only matches', EQUAL + RULED, 0],
    ['a mismatch', EQUAL + OTHER + UNJUDGED, 1],
    ['a mismatch and a line that is no pair', `${OTHER}oops\n`, 1],
    ['a line that is no pair', `${EQUAL}oops\n${UNJUDGED}`, 2],
    ['a pair that cannot be judged', EQUAL + UNJUDGED, 3],
    ['nothing', '', 0],
  ])('tells of %s by its exit code', async (_name, text, code) => {
    expect((await cli(['compare', '--batch', file(text, 'codes.ndjson')])).code).toBe(code)
  })

  test('writes one result a line, in order, with what rules accepted', async () => {
    const { stdout } = await cli(['compare', '--batch', file(EQUAL + OTHER + RULED, 'pairs.ndjson')])
    expect(results(stdout)).toMatchObject([
      { id: 'equal', class: 'identical', verdict: 'match', differences: [], suppressed: [] },
      { id: 'other', class: 'value', verdict: 'mismatch', differences: [{ coordinate: 'Query.count' }], suppressed: [] },
      { id: 'ruled', class: 'normalised', verdict: 'match', differences: [], suppressed: [{ coordinate: 'Query.count', rule: 'r' }] },
    ])
  })

  test('names bad lines by number, gives each a result, and loses no other', async () => {
    const bad = [
      'oops',
      '[]',
      pair('no text', 1, 1, { legacy: {}, candidate: { body: 1 } }).trim(),
      pair('no schema', 1, 1, { schema: '{' }).trim(),
    ]
    const text = [EQUAL.trim(), ...bad, '', '   ', pair(undefined, 1, 2)].join('\n')
    const { stdout, stderr } = await cli(['compare', '--batch', file(text, 'bad.ndjson')])
    expect(results(stdout).map(({ id, verdict, line }) => [id, verdict, line])).toEqual([
      ['equal', 'match', undefined],
      [2, 'inconclusive', 2],
      [3, 'inconclusive', 3],
      ['no text', 'inconclusive', 4],
      ['no schema', 'inconclusive', 5],
      [8, 'mismatch', undefined],
    ])
    for (const part of ['line 2: not JSON', 'line 3: no JSON object', 'line 4: `candidate.body`', 'line 5: schema:1:'])
      expect(stderr).toContain(`bad.ndjson, ${part}`)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('takes from the options what a line does not say itself', async () => {
    const line = (more: object): string => pair('x', 1, 2, { document: undefined, schema: undefined, ...more })
    const options = ['--document', file('{ count }', 'q.graphql'), '--schema', file('type Query { count: Float }', 's.graphql')]
    const { stdout } = await cli([
      'compare',
      ...options,
      '--batch',
      file(line({}) + line({ schema: SCHEMA, document: '{ n: count }' }), 'plain.ndjson'),
    ])
    expect(results(stdout)).toMatchObject([
      { differences: [{ coordinate: 'Query.count', resolution: 'exact' }] },
      { differences: [{ coordinate: 'Query.~unrequested' }] },
    ])
  })

  test('takes tens of thousands of pairs from standard input in a small heap', async () => {
    const PAIRS = 30_000
    const text = 'x'.repeat(2_000)
    const child = spawn(
      process.execPath,
      ['--max-old-space-size=48', new URL('../../bin/banyan.js', import.meta.url).pathname, 'compare', '--batch', '-'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    const closed = once(child, 'close')
    let [lines, mismatches] = [0, 0]
    const counted = (async () => {
      for await (const line of linesOf(child.stdout, 1_000_000)) {
        lines += 1
        if ('text' in line && line.text.includes('"mismatch"')) mismatches += 1
      }
    })()
    function* pairs(): Generator<string> {
      for (let index = 0; index < PAIRS; index += 1) {
        const other = index % 10 === 0 ? '' : index
        yield pair(String(index), `{"data":{"text":"${text}${index}"}}`, `{"data":{"text":"${text}${other}"}}`)
      }
    }
    await pipeline(Readable.from(pairs()), child.stdin)
    await counted
    expect(await closed).toEqual([1, null])
    expect([lines, mismatches]).toEqual([PAIRS, PAIRS / 10])
  })

  test.each([[['compare']], [['compare', 'one.json']], [['compare', '--batch', 'x', 'one.json']]])('%j is not clear', async (args) => {
    expect(await cli(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('--batch FILE') as string })
  })
})

describe('--junit', () => {
  test('makes a test of each pair', async () => {
    const path = join(folder, 'out.xml')
    const odd = pair('<&">\u0000', 1, 'a')
    await cli(['compare', '--batch', file(`${EQUAL}${OTHER}${UNJUDGED}oops\n${odd}`, 'junit.ndjson'), '--junit', path])
    const xml = readFileSync(path, 'utf8')
    expect(xml).toMatch(/tests="5" +failures="2" +errors="1" +skipped="1" +>/)
    expect(xml).toContain('<testcase classname="banyan.compare" name="equal"/>')
    expect(xml).toMatch(/name="other"><failure message="mismatch: value">.*Query\.count/)
    expect(xml).toMatch(/name="unjudged"><skipped message="inconclusive: inconclusive \(legacy: nested deeper/)
    expect(xml).toMatch(/name="4"><error message=".*line 4: not JSON/)
    expect(xml).toContain('name="&lt;&amp;&quot;&gt;�"')
  })

  test('is written for two files as well', async () => {
    const path = join(folder, 'two.xml')
    const ran = await cli(['compare', '--junit', path, file('{"data":1}', 'l.json'), file('{"data":2}', 'c.json')])
    expect(ran.code).toBe(1)
    expect(readFileSync(path, 'utf8')).toMatch(/tests="1" +failures="1"/)
  })

  test('says where it cannot write', async () => {
    const ran = await cli(['compare', '--batch', file(EQUAL, 'e.ndjson'), '--junit', join(folder, 'nowhere', 'out.xml')])
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('out.xml cannot be written') as string })
  })
})

describe('the lines of a stream', () => {
  const read = async (text: string | Uint8Array, chunk: number, maxBytes = 10): Promise<TextLine[]> => {
    const bytes = Buffer.from(text)
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) => bytes.subarray(index * chunk, (index + 1) * chunk))
    const lines: TextLine[] = []
    for await (const line of linesOf(Readable.from(chunks), maxBytes)) lines.push(line)
    return lines
  }

  test.each([1, 2, 3, 100])('are the same in chunks of %i bytes', async (chunk) => {
    expect(await read('\ufeffaä\r\n\n  \nb', chunk)).toEqual([
      { number: 1, text: 'aä\r' },
      { number: 4, text: 'b' },
    ])
    expect(await read(`${'x'.repeat(11)}\nb\n`, chunk)).toEqual([
      { number: 1, problem: 'longer than 10 bytes' },
      { number: 2, text: 'b' },
    ])
    expect(await read(Buffer.from([0xff, 0x0a, 0x61]), chunk)).toEqual([
      { number: 1, problem: 'not UTF-8' },
      { number: 2, text: 'a' },
    ])
  })
})
