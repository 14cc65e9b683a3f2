import { mkdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { BanyanError } from '../errors.ts'
import { lockFolder } from './lock.ts'
import { isNewFolder } from './new-folder.ts'
import type { PgliteMethods } from './pglite-messages.ts'
import { PgliteThread } from './pglite-thread.ts'
import { reasonOf, StoreFault } from './store-fault.ts'
import type { OnFault, Store, Taken } from './store.ts'

/** Calls that may wait: past it something is badly wrong, and evidence is better kept where it is. */
const MAX_WAITING = 1_000
/** Between two openings: one costs seconds of a core and hundreds of megabytes, and may fail like the one before. */
const REOPEN_PAUSE_MS = 3_000

/**
 * Takes the folder of an embedded database under a lock, and opens it in a worker thread.
 * @throws BanyanError STORE_LOCKED, STORE_UNUSABLE; what is wrong with the database itself, `opened` says
 */
export async function takePglite(path: string, onFault: OnFault): Promise<Taken> {
  try {
    mkdirSync(dirname(path), { recursive: true })
    mkdirSync(path, { recursive: true })
    // Two names of one folder are one lock.
    const folder = realpathSync(path)
    const database = new EmbeddedDatabase(folder, onFault)
    const unlock = await lockFolder(folder, () => void database.abandon(`another process took the lock of the store ${folder}`))
    const isNew = isNewFolder(folder)
    const opened = database.open().catch((error: unknown) => {
      unlock()
      throw unusable(path, error)
    })
    // Whoever waits for it hears it; nobody has to.
    opened.catch(() => undefined)
    return { store: storeOver(database, unlock), isNew, opened }
  } catch (error) {
    throw unusable(path, error)
  }
}

function unusable(path: string, error: unknown): BanyanError {
  return error instanceof BanyanError ? error : new BanyanError('STORE_UNUSABLE', `the store ${path} cannot be opened: ${reasonOf(error)}`)
}

function storeOver(database: EmbeddedDatabase, unlock: () => void): Store {
  const listeners = new Set<() => void>()
  const call =
    <K extends keyof PgliteMethods>(method: K) =>
    (...args: Parameters<PgliteMethods[K]>): ReturnType<PgliteMethods[K]> =>
      // The cast holds: the thread answers a method's call with that method's result.
      database.call(method, args) as ReturnType<PgliteMethods[K]>
  /** Nobody else can change the flags of an embedded store, so whoever changed them here tells. */
  const told = (changed: boolean): boolean => {
    if (changed) for (const listener of listeners) listener()
    return changed
  }
  return {
    kind: 'pglite',
    evidence: {
      append: call('append'),
      cells: call('cells'),
      counted: call('counted'),
      packed: call('packed'),
      changes: call('changes'),
      sources: call('sources'),
      lose: call('lose'),
      suppressed: call('suppressed'),
      controlled: call('controlled'),
      noise: call('noise'),
      operations: call('operations'),
      operationKeys: call('operationKeys'),
      groups: call('groups'),
      group: call('group'),
      prune: call('prune'),
    },
    flags: {
      flags: call('flags'),
      segments: call('segments'),
      segmentVersion: call('segmentVersion'),
      saveSegment: async (change, entry) => told(await call('saveSegment')(change, entry)),
      audit: call('audit'),
      note: call('note'),
      save: async (flag, expectedVersion, entry) => told(await call('save')(flag, expectedVersion, entry)),
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    rollouts: {
      planStates: call('planStates'),
      positions: call('positions'),
      place: call('place'),
      savePlanState: call('savePlanState'),
      move: async (position, changes, entry, moving) => told(await call('move')(position, changes, entry, moving)),
      tell: call('tell'),
      uptime: call('uptime'),
    },
    deliveries: {
      claimDelivery: call('claimDelivery'),
      settleDelivery: call('settleDelivery'),
      giveUpDeliveries: call('giveUpDeliveries'),
      pruneDeliveries: call('pruneDeliveries'),
    },
    triage: { triages: call('triages'), saveTriage: call('saveTriage') },
    reveals: {
      reveals: call('reveals'),
      saveReveal: call('saveReveal'),
      forgetExamples: call('forgetExamples'),
      dropReveals: call('dropReveals'),
    },
    secrets: { secret: call('secret') },
    ping: call('ping'),
    close: async () => {
      await database.close()
      unlock()
    },
  }
}

/** The database thread, and the next one when it ends: calls that were under way are lost with it, the next call finds a new one. */
class EmbeddedDatabase {
  readonly #folder: string
  readonly #onFault: OnFault
  #thread: PgliteThread | undefined
  #waiting = 0
  #lastFault: StoreFault | undefined
  #reopenAt = 0
  /** Why there will be no further thread. */
  #over: StoreFault | undefined

  constructor(folder: string, onFault: OnFault) {
    this.#folder = folder
    this.#onFault = onFault
  }

  /** @throws StoreFault */
  async open(): Promise<void> {
    await this.#current().opened
  }

  async call(method: keyof PgliteMethods, args: readonly unknown[]): Promise<unknown> {
    if (this.#waiting >= MAX_WAITING) throw new StoreFault('too many calls wait for the database')
    this.#waiting += 1
    try {
      const thread = this.#current()
      await thread.opened
      return await thread.call(method, args)
    } finally {
      this.#waiting -= 1
    }
  }

  /** Lets the calls that wait finish first. */
  async close(): Promise<void> {
    const thread = this.#thread
    this.#over ??= new StoreFault('the store is closed')
    await thread?.opened.then(() => thread.call('close', [])).catch(() => undefined)
    await thread?.kill('the store is closed')
  }

  async abandon(reason: string): Promise<void> {
    this.#over ??= new StoreFault(reason)
    this.#onFault(this.#over)
    await this.#thread?.kill(reason)
  }

  #current(): PgliteThread {
    if (this.#over !== undefined) throw this.#over
    if (this.#thread !== undefined) return this.#thread
    if (this.#lastFault !== undefined && performance.now() < this.#reopenAt) throw this.#lastFault
    this.#reopenAt = performance.now() + REOPEN_PAUSE_MS
    const thread = new PgliteThread(this.#folder)
    this.#thread = thread
    void thread.ended.then((fault) => this.#lose(fault))
    return thread
  }

  #lose(fault: StoreFault): void {
    this.#thread = undefined
    if (this.#over !== undefined) return
    this.#lastFault = fault
    this.#onFault(fault)
  }
}
