import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { createEvidenceStore } from './evidence.ts'
import { createFlagStore } from './flags.ts'
import { MIGRATIONS } from './migrations.ts'
import type { PgliteCall, PgliteReply } from './pglite-client.ts'

/**
 * The worker thread that owns PGlite. It blocks its thread while it works (200 inserts, a second), so it gets one of its own; the
 * repositories run here too, and a call crosses threads once, not once per statement.
 */
const { folder } = workerData as { folder: string } // written by `pglite-client.ts`
const client = await PGlite.create(folder)
const db = drizzle(client)
await migrate(db, { migrationsFolder: MIGRATIONS })

const evidence = createEvidenceStore(db)
const flags = createFlagStore(db, () => Promise.resolve())
const methods = { ...evidence, ...flags, ping: () => client.query('select 1'), close: () => client.close() }

// One call at a time, in order: PGlite has one connection, and a transaction must not see another call's statements.
let queue: Promise<unknown> = Promise.resolve()
parentPort?.on('message', (call: PgliteCall) => {
  queue = queue.then(() => run(call))
})
parentPort?.postMessage({ id: 0, value: undefined } satisfies PgliteReply)

async function run({ id, method, args }: PgliteCall): Promise<void> {
  try {
    // The cast holds: the client sends a method's name with that method's arguments.
    const call = methods[method] as (...args: readonly unknown[]) => Promise<unknown>
    const value = await call(...args)
    parentPort?.postMessage({ id, value: method === 'ping' ? undefined : value } satisfies PgliteReply)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    parentPort?.postMessage({ id, error: `${error instanceof Error ? error.message : String(error)}${cause}` } satisfies PgliteReply)
  }
}
