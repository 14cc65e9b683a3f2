import { readdirSync, readlinkSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'

/**
 * By how much (nice(2)). Where a core is short, the shadow thread gets a tenth of what another thread gets. Control gets a third: it keeps the record and judges, which may take its time, and
 * takes rollouts back, which may not.
 */
export const NICE = { shadow: 10, control: 5 } as const

/**
 * Lets others go before this thread, or all threads of this process and those that they start, where there is more to do than there are cores: the experiment waits, and clients do not. Linux
 * alone counts this by thread; elsewhere nothing is done, nor where the system does not let us.
 */
export function stepBack(by: number, who: 'thread' | 'process'): void {
  if (process.platform !== 'linux') return
  try {
    // `1/task/7`: the number of a thread takes the place of a process's where there is one for each thread.
    const threads = who === 'thread' ? [basename(readlinkSync('/proc/thread-self'))] : readdirSync('/proc/self/task')
    for (const thread of threads.map(Number)) setPriority(thread, Math.min(getPriority(thread) + by, constants.priority.PRIORITY_LOW))
  } catch {
    // Without /proc, or under a rule against it, it is as it always was.
  }
}
