import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { BanyanError } from '../errors.ts'

/** Who holds a folder. */
interface Holder {
  readonly pid: number
  /** Start in clock ticks since boot; tells a process from a later one with its number. Empty where the system does not say. */
  readonly startedAt: string
  /** Machine and process namespace in which `pid` means something: in a container everybody is process 1. */
  readonly machine: string
  readonly id: string
}

/** How a lock shows that it is held to those who cannot see its process: another container or machine that shares the volume. */
export interface LockTimes {
  /** How often the holder touches the file. */
  readonly beatMs: number
  /** How long a stranger watches for it; many beats, because a holder may be busy. */
  readonly patienceMs: number
}

const TIMES: LockTimes = { beatMs: 1_000, patienceMs: 8_000 }

/**
 * Takes a data folder for this process. PGlite itself lets two processes open one folder, and rows are lost without a word. The lock lies beside the
 * folder and not in it, so that a fresh folder stays empty. One left behind by a process that is gone is taken over.
 * @param onLost called when somebody removed or replaced the lock while it was held: the folder may have another owner
 * @returns the way to give it back
 * @throws BanyanError STORE_LOCKED
 */
export async function lockFolder(folder: string, onLost: () => void, times: LockTimes = TIMES): Promise<() => void> {
  const file = `${folder}.lock`
  const mine = await take(file, folder, times)
  const beating = setInterval(() => {
    if (beat(file, mine)) return
    clearInterval(beating)
    onLost()
  }, times.beatMs)
  beating.unref()
  return () => {
    clearInterval(beating)
    if (read(file) === mine) rmSync(file, { force: true })
  }
}

/** Makes the file and gives back what is in it: no two are the same. */
async function take(file: string, folder: string, times: LockTimes): Promise<string> {
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid), machine: machine(), id: randomUUID() } satisfies Holder)
  while (!create(file, mine)) {
    const found = read(file)
    if (found === undefined) continue // given back meanwhile
    const holder = holderOf(found)
    if (await isHeld(file, found, holder, times)) {
      throw new BanyanError('STORE_LOCKED', `the store ${folder} is in use by process ${holder?.pid ?? '(unknown)'}${whereabouts(holder)}`)
    }
    await clearAway(file, found, folder, times)
  }
  return mine
}

/** Under a lock of its own: of two that found the same stale file, the second must not remove what the first has put in its place. */
async function clearAway(file: string, stale: string, folder: string, times: LockTimes): Promise<void> {
  const guard = `${file}.takeover`
  await take(guard, folder, times)
  try {
    if (read(file) === stale) rmSync(file, { force: true })
  } finally {
    rmSync(guard, { force: true })
  }
}

async function isHeld(file: string, found: string, holder: Holder | undefined, { beatMs, patienceMs }: LockTimes): Promise<boolean> {
  if (holder !== undefined && holder.machine === machine()) return isAlive(holder)
  // Nobody here can be asked, so the file is watched. One that cannot be read may just be being written.
  const before = touchedAt(file)
  for (let waited = 0; waited < patienceMs; waited += beatMs) {
    await wait(beatMs)
    if (read(file) !== found) return false
    if (touchedAt(file) !== before) return true
  }
  return false
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
  return startedAt === startOf(pid)
}

/** `man 5 proc`, field 22 of stat. Empty where there is no /proc: the process number alone has to do. */
function startOf(pid: number): string {
  const stat = readSystem(`/proc/${pid}/stat`)
  // The second field is a name in parentheses and may hold spaces.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function machine(): string {
  const boot = readSystem('/proc/sys/kernel/random/boot_id').trim()
  try {
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return boot // no namespaces here
  }
}

function whereabouts(holder: Holder | undefined): string {
  return holder === undefined || holder.machine === machine() ? '' : ' of another container or machine'
}

/** `false`: there is such a file already. */
function create(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Nothing where there is no such file. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function readSystem(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // not this system, or no such process
  }
}

function holderOf(content: string): Holder | undefined {
  try {
    return JSON.parse(content) as Holder // nobody but `take` writes it
  } catch {
    return undefined // cut by a crash, or not yet written
  }
}

/** `false`: the file is not ours any more. A disk that fails for a moment does not make it another's. */
function beat(file: string, mine: string): boolean {
  try {
    if (read(file) !== mine) return false
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    return true
  }
  return true
}

function touchedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
