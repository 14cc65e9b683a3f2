import { parentPort, workerData } from 'node:worker_threads'
import { drizzle } from 'drizzle-orm/pglite'
import { createDeliveryStore } from './deliveries.ts'
import { createEvidenceStore } from './evidence.ts'
import { createFlagStore } from './flags.ts'
import { openFolder } from './pglite-folder.ts'
import type { PgliteCall, PgliteMethods, PgliteReply } from './pglite-messages.ts'
import { createRolloutStore } from './rollouts.ts'
import { createRevealStore } from './reveals.ts'
import { createSecretStore } from './secrets.ts'
import { createTriageStore } from './triage.ts'
import { reasonOf } from './store-fault.ts'

/** Errors of the machine around PostgreSQL and not of PostgreSQL: a trap in its code, its end, a file system that fails it. */
const BREAKAGES: ReadonlySet<string> = new Set(['RuntimeError', 'ExitStatus', 'ErrnoError'])

/**
 * The worker thread that owns PGlite. It blocks its thread while it works (200 inserts, a second), so it gets one of its own; the
 * repositories run here too, and a call crosses threads once, not once per statement.
 */
const { folder } = workerData as { folder: string } // written by `pglite-thread.ts`
const client = await openFolder(folder)
const db = drizzle(client)
const methods: PgliteMethods = {
  // PGlite has no process that vacuums by itself.
  ...createEvidenceStore(db, () => client.exec('vacuum')),
  // Whoever saves is in this process and tells the others there.
  ...createFlagStore(db, () => Promise.resolve()),
  ...createRolloutStore(db, () => Promise.resolve()),
  ...createDeliveryStore(db),
  ...createTriageStore(db),
  ...createRevealStore(db),
  ...createSecretStore(db),
  ping: async () => {
    await client.query('select 1')
  },
  close: () => client.close(),
}

// One call at a time, in order: PGlite has one connection, and a transaction must not see another call's statements.
let queue: Promise<unknown> = Promise.resolve()
parentPort?.on('message', (call: PgliteCall) => {
  queue = queue.then(() => run(call))
})
reply({ id: 0, value: undefined })

async function run({ id, method, args }: PgliteCall): Promise<void> {
  try {
    // The cast holds: the client sends a method's name with that method's arguments.
    const call = methods[method] as (...args: readonly unknown[]) => Promise<unknown>
    reply({ id, value: await call(...args) })
  } catch (error) {
    // Nobody knows what state the database is in now: a new thread starts it again from what is on disk.
    if (BREAKAGES.has(nameOf(error))) throw error
    reply({ id, fault: reasonOf(error) })
  }
}

function reply(message: PgliteReply): void {
  parentPort?.postMessage(message)
}

/** The name of what is at the bottom of an error. */
function nameOf(error: unknown): string {
  if (error instanceof Error && error.cause !== undefined) return nameOf(error.cause)
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : ''
}
