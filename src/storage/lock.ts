import { readFileSync, rmSync, writeFileSync, linkSync } from 'node:fs'
import { BanyanError } from '../errors.ts'

/** Who holds a folder. The start time tells a process from a later one with its number (in a container everybody is process 1). */
interface Holder {
  readonly pid: number
  readonly startedAt: string
  readonly boot: string
}

/**
 * Takes a data folder for this process. PGlite itself lets two processes open one folder, and rows are lost without a word. The lock lies beside the
 * folder and not in it, so that a fresh folder stays empty. One left behind by a process that is gone is taken over.
 * @throws BanyanError STORE_LOCKED
 */
export function lockFolder(folder: string): () => void {
  const file = `${folder}.lock`
  const mine: Holder = { pid: process.pid, startedAt: startOf(process.pid) ?? '', boot: bootId() }
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(mine))
  try {
    takeLock(file, draft)
  } finally {
    rmSync(draft, { force: true })
  }
  return () => {
    if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

function takeLock(file: string, draft: string): void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      // A link appears whole or not at all, and to one taker only.
      linkSync(draft, file)
      return
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    const holder = readHolder(file)
    if (holder !== undefined && isAlive(holder)) {
      throw new BanyanError('STORE_LOCKED', `the store ${file.slice(0, -'.lock'.length)} is in use by process ${holder.pid}`)
    }
    rmSync(file, { force: true })
  }
  throw new BanyanError('STORE_LOCKED', `the store ${file.slice(0, -'.lock'.length)} is being opened by another process`)
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder // nobody but `lockFolder` writes it
  } catch {
    return undefined // gone meanwhile, or damaged: nobody can be asked
  }
}

function isAlive({ pid, startedAt, boot }: Holder): boolean {
  if (boot !== bootId()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
  return startedAt === '' || startOf(pid) === startedAt
}

/** Start of a process in clock ticks since boot, where the system tells (`man 5 proc`, field 22 of stat). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name in parentheses and may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // no /proc here: the process number alone has to do
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return '' // no /proc here
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
