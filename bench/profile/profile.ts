import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cpuOf, type Thread } from '../router/processes.ts'
import { placeOf } from './stacks.ts'

/** Seconds of processor time of one thread, by where it was spent. */
export type Profile = ReadonlyMap<string, number>

/** No multiple of anything that the load or the edge does. */
const SAMPLES_PER_SECOND = 1_997

/**
 * Profiles a thread by `perf`, which samples it while it has a core, so that what it waits for is nowhere in it. The kernel has to allow it (`kernel.perf_event_paranoid`).
 * @param thread of a process that was started with `--perf-basic-prof`
 */
export async function profileDuring(thread: Thread, folder: string, load: () => Promise<unknown>): Promise<Profile> {
  const file = join(folder, `perf-${thread.tid}`)
  const recorder = spawn(
    'perf',
    ['record', '-e', 'cpu-clock', '-F', String(SAMPLES_PER_SECOND), '-g', '-t', String(thread.tid), '-o', file],
    { stdio: 'ignore' },
  )
  while (!existsSync(file) && recorder.exitCode === null) await pause(10)
  const before = cpuOf(thread)
  await load()
  const cpu = cpuOf(thread) - before
  recorder.kill('SIGINT')
  if (recorder.exitCode === null) await once(recorder, 'exit')
  const { stdout, stderr } = spawnSync('perf', ['script', '-i', file, '-F', 'ip,sym,dso'], { encoding: 'utf8', maxBuffer: 2 ** 30 })
  const places = stdout
    .split(/\n\n+/)
    .filter((stack) => stack.trim() !== '')
    .map(placeOf)
  if (places.length === 0) throw new Error(`perf saw nothing of thread ${thread.tid}: ${stderr}`)
  const profile = new Map<string, number>()
  for (const place of places) profile.set(place, (profile.get(place) ?? 0) + cpu / places.length)
  return profile
}

/** V8 leaves a table of its functions for `perf`. */
export function forget(pids: readonly number[]): void {
  for (const pid of pids) rmSync(`/tmp/perf-${pid}.map`, { force: true })
}
