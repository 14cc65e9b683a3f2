import { setTimeout as pause } from 'node:timers/promises'
import type { RingReader } from '../handover/ring.ts'

/** Records looked at before the thread turns to its sockets. */
const BATCH = 64
/** While there is traffic the thread looks for more so often, and sleeps after so many looks in vain: to wake it takes the client's path two system calls. */
const LOOK_MS = 1
const LOOKS_IN_VAIN = 20
/** Longest sleep while nothing is handed over. */
const WAIT_MS = 1_000

/** Reads records as they come, until it is over and none is left. */
export async function readOn(reader: RingReader, see: Parameters<RingReader['read']>[1], isOver: () => boolean): Promise<void> {
  let looksInVain = 0
  while (!isOver() || !reader.isEmpty) {
    const seen = reader.read(BATCH, see)
    looksInVain = seen === 0 ? looksInVain + 1 : 0
    // Sockets and timers get their turn after each batch.
    if (seen === BATCH) await new Promise(setImmediate)
    else if (looksInVain < LOOKS_IN_VAIN) await pause(LOOK_MS)
    else await reader.wait(WAIT_MS)
  }
}
