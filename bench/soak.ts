import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { writeSection } from './page.ts'
import type { Finished } from '../test/support/sockets.ts'
import { MOODS, startCandidate } from './soak/candidate.ts'
import { Clients } from './soak/clients.ts'
import { startDatabase, type Database } from './soak/database.ts'
import { startLegacy } from './soak/legacy.ts'
import { Readings, type Reading } from './soak/readings.ts'
import { reportOf, type Soaked } from './soak/report.ts'
import { MIRROR, startRouter, type Router } from './soak/router.ts'

/**
 * A whole Banyan at a moderate rate while everything around it misbehaves: the candidate in every way of the fault table in turns, clients that leave, read and send slowly, a database that
 * goes away and comes back, and at the end edges that are replaced. `node bench/soak.ts [--minutes 10] [--rate 100] [--hung] [--write]`; with `--hung` the candidate is hung all
 * the time, and nothing else happens. Ends with 1 when a client got anything but legacy's answer, when memory, heap, files or sockets grew, or when a bound did not hold. Needs Linux, and PostgreSQL where it is not `--hung`.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '100' },
    hung: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const rate = Number(values.rate)
/** The part of the time in which edges are replaced; readings end with it. */
const RELOADING = values.hung ? 0 : 0.15
const READINGS = 30
const HUNG = 'hung before the head'
const moods = values.hung ? [HUNG] : MOODS
const MOOD_MS = 3_000

const cleanups: (() => void | Promise<void>)[] = []
const finished: Finished = (cleanup) => void cleanups.push(cleanup)
let isMet = false
try {
  isMet = await soak()
} finally {
  for (const cleanup of cleanups.toReversed()) await cleanup()
}
process.exit(isMet ? 0 : 1)

async function soak(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-soak-'))
  finished(() => rmSync(folder, { recursive: true, force: true }))
  const [legacy, candidate] = [await startLegacy(finished), await startCandidate(finished)]
  const database = values.hung ? undefined : await startDatabase(finished)
  const store = database?.url ?? `pglite:${join(folder, 'store')}`
  const router = await startRouter({ folder, legacy, candidate: candidate.url, store }, finished)
  const clients = new Clients(router.url, rate)
  finished(() => clients.stop())

  const startedAt = performance.now()
  const endsAt = startedAt + minutes * 60_000
  const steadyUntil = endsAt - RELOADING * minutes * 60_000
  const readings = new Readings(router.pid, router.errors)
  finished(() => readings.close())
  const bounds = { inFlight: 0, held: 0, ring: 0 }
  const watching = setInterval(() => void watch(router, bounds), 1_000)
  finished(() => clearInterval(watching))
  let turns = 0
  const changing = setInterval(() => (candidate.mood = moods[(turns += 1) % moods.length] ?? HUNG), MOOD_MS)
  candidate.mood = moods[0] ?? HUNG
  finished(() => clearInterval(changing))
  const outages = database === undefined ? Promise.resolve(0) : comeAndGo(database, (steadyUntil - startedAt) / 8, steadyUntil)
  while (performance.now() < steadyUntil) {
    await pause((steadyUntil - startedAt) / READINGS)
    console.log(lineOf(await readings.take((performance.now() - startedAt) / 1_000)))
  }
  const compared = await router.metric('banyan_outcomes_total', 'outcome="compared"')
  // A process that is watched waits at its end for whoever watches it.
  readings.close()
  let replaced = 0
  for (; performance.now() < endsAt; replaced += 1) await router.change(MIRROR.timeoutMs + replaced + 1)
  await clients.stop()
  const soaked: Soaked = {
    minutes,
    rate,
    hung: values.hung,
    moods: Math.min(turns, moods.length),
    outages: await outages,
    replaced,
    readings: readings.all,
    seen: clients.seen,
    bounds,
    compared,
    died: router.complaints(startedAt).filter((line) => line.includes('starting it again')),
    complaints: database === undefined ? [] : router.complaints(performance.now() - (endsAt - steadyUntil) / 2),
  }
  const { text, isMet: met } = reportOf(soaked)
  console.log(text)
  if (values.write) writeSection(values.hung ? 'hung' : 'soak', text)
  return met
}

async function watch(router: Router, bounds: { inFlight: number; held: number; ring: number }): Promise<void> {
  const [inFlight, held, ring] = await Promise.all(
    ['banyan_mirror_in_flight', 'banyan_shadow_held_bytes', 'banyan_handover_used_bytes'].map((name) => router.metric(name)),
  )
  bounds.inFlight = Math.max(bounds.inFlight, inFlight ?? 0)
  bounds.held = Math.max(bounds.held, held ?? 0)
  bounds.ring = Math.max(bounds.ring, ring ?? 0)
}

/** Takes the database away for half of each spell, and gives it back. */
async function comeAndGo(database: Database, spellMs: number, until: number): Promise<number> {
  let outages = 0
  for (; performance.now() + spellMs < until; outages += 1) {
    await pause(spellMs / 2)
    database.leave()
    await pause(spellMs / 2)
    database.comeBack()
  }
  return outages
}

function lineOf(now: readonly Reading[]): string {
  const [first] = now
  const texts = now.map(({ process, memory, files, heap }) => {
    const js =
      heap === undefined ? '' : ` heap ${heap.main.toFixed(1)} + ${heap.threads?.toFixed(1) ?? '–'}, outside ${heap.external.toFixed(1)}`
    return `${process} ${memory.toFixed(0)} MiB${js}, ${files} files`
  })
  return `${first?.at.toFixed(0)} s: ${texts.join('; ')}`
}
