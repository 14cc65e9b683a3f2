import { count, sql, sum } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Client, type ClientConfig } from 'pg'
import { BanyanError } from '../errors.ts'
import type { Database, Transaction } from './database.ts'
import { createDeliveryStore } from './deliveries.ts'
import { createEvidenceStore } from './evidence.ts'
import { FLAG_CHANNEL, FlagWatch } from './flag-watch.ts'
import { createFlagStore } from './flags.ts'
import { MIGRATIONS } from './migrations-folder.ts'
import { PatientPool } from './patient-pool.ts'
import { createRolloutStore } from './rollouts.ts'
import { createRevealStore } from './reveals.ts'
import { createSecretStore } from './secrets.ts'
import { createTriageStore } from './triage.ts'
import { flags, segments } from './schema.ts'
import { faultsOf, reasonOf } from './store-fault.ts'
import type { OnFault, Store } from './store.ts'

/** Any number, the same in every version: it keeps two starts from migrating at once. */
const MIGRATION_LOCK = 727_001
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
/** Less than the others wait for a lock: one that is cut off in the middle of a transaction must not hold theirs up. */
const TRANSACTION_PAUSE_MS = 5_000
/** More than any statement takes. */
const SILENCE_MS = 20_000
/** A migration rewrites tables at worst, and the others wait for it. */
const MIGRATION_TIMEOUT_MS = 300_000
const MAX_CONNECTIONS = 5
const POLL_MS = 5_000
/** Closing waits for answers under way, but not for a network that is gone. */
const CLOSE_TIMEOUT_MS = 2_000

export interface PostgresOptions {
  readonly onFault: OnFault
  readonly pollMs?: number
  /** How long nothing may come from the database while it is asked something. */
  readonly silenceMs?: number
}

/**
 * Opens PostgreSQL, brings its tables up to date and listens for flags that other replicas change.
 * @throws BanyanError STORE_UNREACHABLE, STORE_UNUSABLE; the message names host, port and database, never the password
 */
export async function openPostgres(url: string, { onFault, pollMs = POLL_MS, silenceMs = SILENCE_MS }: PostgresOptions): Promise<Store> {
  const connection = { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true, application_name: 'banyan' }
  await migrateUnderLock(connection)
  const limits = { statement_timeout: STATEMENT_TIMEOUT_MS, idle_in_transaction_session_timeout: TRANSACTION_PAUSE_MS }
  const pool = new PatientPool({ ...connection, ...limits, max: MAX_CONNECTIONS }, silenceMs)
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', onFault)
  const db = drizzle(pool)
  const watch = new FlagWatch({ connection, fingerprint: () => fingerprintOf(db), onFault, pollMs, silenceMs })
  const notify = (tx: Transaction): Promise<unknown> => tx.execute(sql`select pg_notify(${FLAG_CHANNEL}, '')`)
  const flagStore = createFlagStore(db, notify)
  let closing: Promise<void> | undefined
  const { ping } = faultsOf({ ping: () => pool.query('select 1') })
  return {
    kind: 'postgres',
    evidence: faultsOf(createEvidenceStore(db)),
    flags: { ...faultsOf(flagStore), onChange: (listener) => watch.onChange(listener) },
    rollouts: faultsOf(createRolloutStore(db, notify)),
    deliveries: faultsOf(createDeliveryStore(db)),
    triage: faultsOf(createTriageStore(db)),
    reveals: faultsOf(createRevealStore(db)),
    secrets: faultsOf(createSecretStore(db)),
    ping: async () => {
      await ping()
    },
    close: () => (closing ??= within(CLOSE_TIMEOUT_MS, Promise.all([watch.close(), pool.end()]))),
  }
}

/** drizzle's migrator has no lock of its own: two starts at once would fail on each other's tables. */
async function migrateUnderLock(connection: ClientConfig): Promise<void> {
  const client = clientOf({ ...connection, statement_timeout: MIGRATION_TIMEOUT_MS })
  const address = `PostgreSQL at ${client.host}:${client.port}/${client.database ?? ''}`
  // The call that waits hears of it too; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect().catch((error: unknown) => {
    throw new BanyanError('STORE_UNREACHABLE', `${address} cannot be reached: ${reasonOf(error)}`)
  })
  try {
    // The lock goes with the connection, however that ends.
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
  } catch (error) {
    const hint = 'check that the user may create tables and schemas in this database'
    throw new BanyanError('STORE_UNUSABLE', `the tables in ${address} cannot be brought up to date: ${reasonOf(error)}`, hint)
  } finally {
    await within(CLOSE_TIMEOUT_MS, client.end())
  }
}

function clientOf(config: ClientConfig): Client {
  try {
    return new Client(config)
  } catch {
    // The error has the whole URL in it.
    throw new BanyanError(
      'STORE_UNREACHABLE',
      'the URL of the store cannot be read',
      'write postgres://user:password@host:5432/database, with special characters in it percent-encoded',
    )
  }
}

/** Versions only grow and rows are not deleted, so every change makes another text. */
async function fingerprintOf(db: Database): Promise<string> {
  const [row] = await db.select({ flags: count(), versions: sum(flags.version) }).from(flags)
  const [of] = await db.select({ segments: count(), versions: sum(segments.version) }).from(segments)
  return `${row?.flags} ${row?.versions} ${of?.segments} ${of?.versions}`
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
