import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { writeSection } from './page.ts'
import { forget, profileDuring, type Profile } from './profile/profile.ts'
import { writeAnswers } from './router/answers.ts'
import { startBackends } from './router/backends.ts'
import { startBanyan } from './router/banyan.ts'
import type { Contender } from './router/contenders.ts'
import { micros, tableFrom } from './router/figures.ts'
import { atRate, saturate } from './router/load.ts'
import { nameOf, stop, threadsOf, tree, type Thread } from './router/processes.ts'

/**
 * Where the time of a request goes, on the thread that its client waits for and on the shadow thread: `node bench/profile.ts [--seconds 5] [--write]`. Needs Linux with two cores, taskset, and HAProxy, wrk and
 * linux-perf of Debian. It runs the source and not the bundle, so that what takes time has the name of a room.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } } })
const seconds = Number(values.seconds)
const [PORT, PORTS] = [19_800, 10]
/** By then everything is compiled that a process compiles once in its life, and it is known how much may be mirrored. */
const WARM_UP_SECONDS = 20
/** Counts arrive once a second, and those of a comparison that waited a little later. */
const COUNTED_AFTER_MS = 2_500
/** The open loop sends for half a second before it counts. */
const UNCOUNTED_SECONDS = 0.5

/** Each in a process of its own. */
const RUNS = [
  { title: 'forward only, a request', sample: 0, isSaturated: true, thread: 'main' },
  { title: 'the same, 1,000/s', sample: 0, isSaturated: false, thread: 'main' },
  { title: 'all mirrored, a request', sample: 1, isSaturated: true, thread: 'main' },
  { title: 'shadow thread, a pair', sample: 1, isSaturated: true, thread: 'shadow' },
] as const

/** What one thread spent on so many requests, or pairs. */
interface Column {
  readonly title: string
  readonly profile: Profile
  readonly count: number
}

const text = tableOf(await runAll())
console.log(text)
if (values.write) writeSection('profile', text)

async function runAll(): Promise<readonly Column[]> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-profile-'))
  writeAnswers(folder)
  const backends = await startBackends(folder)
  try {
    const columns: Column[] = []
    for (const [index, run] of RUNS.entries()) columns.push(await columnOf(folder, PORT + PORTS * index, run))
    return columns
  } finally {
    await Promise.all([stop(backends.legacy), stop(backends.candidates)])
    rmSync(folder, { recursive: true, force: true })
  }
}

async function columnOf(folder: string, port: number, { title, sample, isSaturated, thread }: (typeof RUNS)[number]): Promise<Column> {
  const banyan = await startBanyan(title, folder, port, { candidate: 'equal', sample, isProfiled: true })
  const pids = banyan.child?.pid === undefined ? [] : tree(banyan.child.pid)
  try {
    await saturate(folder, banyan.url, 2, 16, WARM_UP_SECONDS)
    await pause(COUNTED_AFTER_MS)
    await banyan.compared?.()
    let requests = 0
    const profile = await profileDuring(threadOf(banyan, thread), folder, async () => {
      requests = isSaturated ? await saturated(folder, banyan.url) : await rated(banyan.url)
    })
    await pause(COUNTED_AFTER_MS)
    const pairs = (await banyan.compared?.()) ?? 0
    return { title, profile, count: thread === 'shadow' ? pairs : requests }
  } finally {
    if (banyan.child !== undefined) await stop(banyan.child)
    forget(pids)
  }
}

function threadOf({ main, serving }: Contender, name: 'main' | 'shadow'): Thread {
  const found = name === 'main' ? main[0] : serving.flatMap(threadsOf).find((thread) => nameOf(thread) === 'shadow')
  if (found === undefined) throw new Error(`the edge has no ${name} thread`)
  return found
}

async function saturated(folder: string, url: string): Promise<number> {
  return (await saturate(folder, url, 2, 16, seconds)).requests
}

async function rated(url: string): Promise<number> {
  const { requests } = await atRate(url, 2, { rate: 1_000, connections: 16, seconds: 2 * seconds })
  return requests * (1 + UNCOUNTED_SECONDS / (2 * seconds))
}

function tableOf(columns: readonly Column[]): string {
  const at = ({ profile, count }: Column, place: string): number => ((profile.get(place) ?? 0) * 1e6) / Math.max(1, count)
  const most = (place: string): number => Math.max(...columns.map((column) => at(column, place)))
  const places = [...new Set(columns.flatMap(({ profile }) => [...profile.keys()]))].toSorted((a, b) => most(b) - most(a))
  const all = (column: Column): number => places.reduce((sum, place) => sum + at(column, place), 0)
  return tableFrom(
    ['µs', ...columns.map(({ title }) => title)],
    [
      ...places.map((place) => [place, ...columns.map((column) => micros(at(column, place)))]),
      ['**in all**', ...columns.map((column) => micros(all(column)))],
    ],
  )
}
