import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { BanyanError } from '../errors.ts'
import { createEvidenceStore } from './evidence.ts'
import { createFlagStore } from './flags.ts'
import { MIGRATIONS } from './migrations.ts'
import type { Store } from './store.ts'

/** Any number, the same in every version: it keeps two starts from migrating at once. */
const MIGRATION_LOCK = 727_001
const CHANNEL = 'banyan_flags'
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 15_000
const MAX_CONNECTIONS = 5
/** A notification can be missed while the connection is being made again; looking does not miss it. */
const POLL_MS = 5_000

/**
 * Opens PostgreSQL, brings its tables up to date and listens for flags that other replicas change.
 * @throws BanyanError STORE_UNREACHABLE; the message names host, port and database, never the password
 */
export async function openPostgres(url: string): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'banyan',
  })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  try {
    await migrateUnderLock(url)
  } catch (error) {
    await pool.end()
    throw new BanyanError('STORE_UNREACHABLE', `PostgreSQL at ${addressOf(url)} does not answer: ${reasonOf(error)}`)
  }
  const db = drizzle(pool)
  const watch = new FlagWatch(url)
  return {
    kind: 'postgres',
    evidence: createEvidenceStore(db),
    flags: {
      ...createFlagStore(db, (tx) => tx.execute(sql`select pg_notify(${CHANNEL}, '')`)),
      onChange: (listener) => watch.onChange(listener),
    },
    ping: async () => {
      await pool.query('select 1')
    },
    close: async () => {
      await watch.close()
      await pool.end()
    },
  }
}

/** drizzle's migrator has no lock of its own: two starts at once would fail on each other's tables. */
async function migrateUnderLock(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
  } finally {
    await client.end()
  }
}

/** Listens on a connection of its own and makes it again when it breaks. */
class FlagWatch {
  readonly #url: string
  readonly #listeners = new Set<() => void>()
  readonly #poll: NodeJS.Timeout
  #client: pg.Client | undefined
  #closed = false

  constructor(url: string) {
    this.#url = url
    this.#poll = setInterval(() => {
      if (this.#client === undefined) void this.#connect()
      this.#tell()
    }, POLL_MS)
    this.#poll.unref()
    void this.#connect()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#poll)
    await this.#client?.end()
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true })
    this.#client = client
    const lose = (): void => {
      if (this.#client === client) this.#client = undefined
    }
    client.on('error', lose)
    client.on('end', lose)
    client.on('notification', () => this.#tell())
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      if (this.#closed) await client.end()
      else this.#tell()
    } catch {
      lose() // tried again at the next look; until then the poll alone carries changes
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function addressOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port === '' ? '5432' : port}${pathname}`
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
