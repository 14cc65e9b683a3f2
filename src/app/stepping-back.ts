import { readlinkSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'

/** By how much (nice(2)): where a core is short, such a thread gets a tenth of what another gets. */
export const NICE = 10

/**
 * Lets all other threads go before the calling one where there is more to do than there are cores: the experiment waits, and clients do not. Linux alone counts this by thread; elsewhere
 * nothing is done, nor where the system does not let us.
 */
export function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    // `1/task/7`: the number of a thread takes the place of a process's where there is one for each thread.
    const thread = Number(basename(readlinkSync('/proc/thread-self')))
    setPriority(thread, Math.min(getPriority(thread) + NICE, constants.priority.PRIORITY_LOW))
  } catch {
    // Without /proc, or under a rule against it, it is as it always was.
  }
}
