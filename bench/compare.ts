import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { diff } from 'json-diff-ts'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS } from '../src/core/comparison/compare.ts'
import { parseDocument } from '../src/core/comparison/executed.ts'
import { CASES, pairOf, schema, SIZES } from './answers.ts'

/**
 * What a comparison costs, by the size of the answers and by what differs, against `JSON.parse` of both and json-diff-ts on what it gives:
 * `node bench/compare.ts`. Every cell has a process of its own, in which the contenders take turns; peak memory is that of a process that runs one of them.
 * With `--write` the figures go to docs/performance.md.
 */
const CONTENDERS = ['banyan', 'parse', 'diff'] as const
type Contender = (typeof CONTENDERS)[number]

/** Processor time for each contender in each round, at least; the median of the rounds counts. */
const ROUND_MS = 50
const ROUNDS = 7

/** Runs of a contender whose memory is measured. */
const PEAK_MS = 500

interface Cell {
  readonly name: string
  readonly size: string
  /** Milliseconds of processor time. */
  readonly times: Readonly<Record<Contender, number>>
  /** Mebibytes. */
  readonly peaks: { readonly banyan: number; readonly diff: number }
}

/** What each contender does with one pair, again and again. */
function contendersOf(name: string, size: string): Readonly<Record<Contender, () => unknown>> {
  const pair = pairOf(name, size)
  const [legacy, candidate] = [pair.legacy, pair.candidate].map(({ body }) => Buffer.from(body).toString())
  const [left, right] = [legacy, candidate].map((text) => JSON.parse(text ?? '') as unknown)
  const parsed = parseDocument(pair.document ?? '')
  const compare = createComparer({
    schemas: { legacy: schema, candidate: schema },
    rules: [],
    headers: DEFAULT_HEADERS,
    limits: DEFAULT_LIMITS,
    parse: () => parsed,
  })
  return {
    banyan: () => compare(pair),
    parse: () => [JSON.parse(legacy ?? ''), JSON.parse(candidate ?? '')] as unknown,
    diff: () => diff(left, right),
  }
}

/** Milliseconds of processor time that one run takes, helping threads (garbage, compiler) included, by as many runs as fit. */
function timeOf(work: () => unknown, milliseconds: number): number {
  const before = process.cpuUsage()
  let [runs, spent] = [0, 0]
  for (let batch = 1; spent < milliseconds; batch *= 2) {
    for (let run = 0; run < batch; run += 1) work()
    runs += batch
    const { user, system } = process.cpuUsage(before)
    spent = (user + system) / 1_000
  }
  return spent / runs
}

function measureTimes(name: string, size: string): Readonly<Record<Contender, number>> {
  const contenders = contendersOf(name, size)
  const times: Record<Contender, number[]> = { banyan: [], parse: [], diff: [] }
  for (let round = -3; round < ROUNDS; round += 1) {
    for (const contender of round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed()) {
      const time = timeOf(contenders[contender], ROUND_MS)
      // The first rounds warm up.
      if (round >= 0) times[contender].push(time)
    }
  }
  return { banyan: median(times.banyan), parse: median(times.parse), diff: median(times.diff) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** Peak resident memory of this process after a contender has run, in mebibytes. */
function measurePeak(name: string, size: string, contender: string): number {
  const { banyan, parse, diff } = contendersOf(name, size)
  timeOf(contender === 'banyan' ? banyan : () => [parse(), diff()], PEAK_MS)
  return process.resourceUsage().maxRSS / 1024
}

function inProcess(...args: readonly string[]): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, [import.meta.filename, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

function cellOf(name: string, size: string): Cell {
  const peak = (contender: string): number => Number(inProcess('peak', name, size, contender))
  const times = inProcess('times', name, size) as Cell['times'] // as `main` prints it
  return { name, size, times, peaks: { banyan: peak('banyan'), diff: peak('diff') } }
}

const HEAD = [
  'size',
  'what differs',
  'comparisons/s',
  'ms',
  'JSON.parse + json-diff-ts, ms',
  'of it json-diff-ts',
  'ratio',
  'peak MiB',
  'peak MiB, json-diff-ts',
]

function row({ name, size, times, peaks }: Cell): string {
  const { banyan, parse, diff } = times
  const cells = [
    size,
    name,
    Math.round(1_000 / banyan).toLocaleString('en'),
    digits(banyan),
    digits(parse + diff),
    digits(diff),
    (banyan / (parse + diff)).toFixed(2),
    peaks.banyan.toFixed(0),
    peaks.diff.toFixed(0),
  ]
  return `| ${cells.join(' | ')} |`
}

function digits(milliseconds: number): string {
  return milliseconds.toPrecision(3)
}

/** Puts a text between the marks of a section of a page. */
function write(page: URL, section: string, text: string): void {
  const [start, end] = [`<!-- ${section} -->`, `<!-- /${section} -->`]
  const before = readFileSync(page, 'utf8')
  writeFileSync(page, `${before.slice(0, before.indexOf(start))}${start}\n\n${text}\n${before.slice(before.indexOf(end))}`)
}

function main(): void {
  const [task, name = '', size = '', contender = ''] = process.argv.slice(2)
  if (task === 'times') return console.log(JSON.stringify(measureTimes(name, size)))
  if (task === 'peak') return console.log(JSON.stringify(measurePeak(name, size, contender)))
  const head = [`| ${HEAD.join(' | ')} |`, `|${HEAD.map(() => '---|').join('')}`]
  console.log(head.join('\n'))
  const rows = Object.keys(SIZES).flatMap((size) =>
    Object.keys(CASES).map((name) => {
      const line = row(cellOf(name, size))
      console.log(line)
      return line
    }),
  )
  if (task === '--write')
    write(
      new URL('../docs/performance.md', import.meta.url),
      'comparer',
      [`Node ${process.versions.node}, one core.\n`, ...head, ...rows, ''].join('\n'),
    )
}

main()
