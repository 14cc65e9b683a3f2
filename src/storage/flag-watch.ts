import { Client, type ClientConfig } from 'pg'
import { reasonOf, StoreFault } from './store-fault.ts'
import type { OnFault } from './store.ts'

/** Channel on which a replica tells the others that it changed a flag. */
export const FLAG_CHANNEL = 'banyan_flags'

export interface FlagWatchOptions {
  readonly connection: ClientConfig
  /** A text that differs after every change of a flag. */
  readonly fingerprint: () => Promise<string>
  readonly onFault: OnFault
  /** A notification is lost while the connection is being made again; looking loses nothing. */
  readonly pollMs: number
  /** How long an answer may take before the connection is given up. */
  readonly silenceMs: number
}

/** Tells listeners of changed flags: at once by a notification, and otherwise at the next look. Makes its connection again when it breaks. */
export class FlagWatch {
  readonly #options: FlagWatchOptions
  readonly #listeners = new Set<() => void>()
  readonly #poll: NodeJS.Timeout
  #client: Client | undefined
  #isAsking = false
  #seen: string | undefined
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: FlagWatchOptions) {
    this.#options = options
    this.#poll = setInterval(() => {
      if (this.#client === undefined) this.#connect()
      else if (!this.#isAsking) void this.#listen(this.#client)
      this.#look()
    }, options.pollMs)
    this.#poll.unref()
    this.#connect()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    // It may have read the flags before it listened: the next look tells in any case.
    this.#seen = undefined
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#poll)
    await this.#client?.end()
    await this.#looking
  }

  #connect(): void {
    const client = new Client({ ...this.#options.connection, query_timeout: this.#options.silenceMs })
    this.#client = client
    this.#isAsking = true
    client.on('error', (error) => this.#lose(client, error))
    client.on('end', () => this.#lose(client))
    client.on('notification', () => this.#look())
    client
      .connect()
      .then(() => this.#listen(client))
      // What changed while nobody listened.
      .then(() => this.#look())
      .catch((error: unknown) => this.#lose(client, error))
  }

  /** Again and again: one who only listens does not notice that the other side is gone. */
  async #listen(client: Client): Promise<void> {
    this.#isAsking = true
    try {
      await client.query(`listen ${FLAG_CHANNEL}`)
      this.#isAsking = false
    } catch (error) {
      this.#lose(client, error)
    }
  }

  #lose(client: Client, error?: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    client.end().catch(() => undefined)
    if (!this.#closed)
      this.#options.onFault(new StoreFault(`PostgreSQL does not tell of changed flags: ${reasonOf(error ?? 'the connection ended')}`))
  }

  /** One look after the other, so that an older answer never comes last. */
  #look(): void {
    this.#looking = this.#looking.then(() => this.#compare()).catch(this.#options.onFault)
  }

  async #compare(): Promise<void> {
    if (this.#closed) return
    const fingerprint = await this.#options.fingerprint()
    if (fingerprint === this.#seen) return
    this.#seen = fingerprint
    for (const listener of this.#listeners) listener()
  }
}
