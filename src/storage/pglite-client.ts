import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { BanyanError } from '../errors.ts'
import { lockFolder } from './lock.ts'
import type { EvidenceStore, FlagStore, Store } from './store.ts'

type Methods = EvidenceStore & Omit<FlagStore, 'onChange'> & { ping(): Promise<void>; close(): Promise<void> }

export interface PgliteCall {
  readonly id: number
  readonly method: keyof Methods
  readonly args: readonly unknown[]
}

/** The reply to a call; id 0 says that the database is open. */
export type PgliteReply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** Calls that may wait: past it something is badly wrong, and evidence is better kept where it is. */
const MAX_WAITING = 1_000

/**
 * Opens the embedded database in a worker thread, under a lock.
 * @throws BanyanError STORE_LOCKED, STORE_UNUSABLE
 */
export async function openPglite(folder: string): Promise<Store> {
  let unlock: () => void
  try {
    mkdirSync(dirname(folder), { recursive: true })
    unlock = lockFolder(folder)
  } catch (error) {
    throw error instanceof BanyanError ? error : new BanyanError('STORE_UNUSABLE', `the store ${folder} cannot be written: ${String(error)}`)
  }
  const worker = new PgliteWorker(folder)
  try {
    await worker.opened
  } catch (error) {
    unlock()
    throw new BanyanError('STORE_UNUSABLE', `the store ${folder} cannot be opened: ${error instanceof Error ? error.message : String(error)}`)
  }
  return storeOver(worker, unlock)
}

function storeOver(worker: PgliteWorker, unlock: () => void): Store {
  const listeners = new Set<() => void>()
  const call =
    <K extends keyof Methods>(method: K) =>
    (...args: Parameters<Methods[K]>): ReturnType<Methods[K]> =>
      // The cast holds: the worker answers a method's call with that method's result.
      worker.call(method, args) as ReturnType<Methods[K]>
  return {
    kind: 'pglite',
    evidence: {
      append: call('append'),
      cells: call('cells'),
      operations: call('operations'),
      groups: call('groups'),
      group: call('group'),
      prune: call('prune'),
    },
    flags: {
      flags: call('flags'),
      audit: call('audit'),
      save: async (flag, expectedVersion, entry) => {
        const saved = await call('save')(flag, expectedVersion, entry)
        // Nobody else can change the flags of an embedded store.
        if (saved) for (const listener of listeners) listener()
        return saved
      },
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    ping: call('ping'),
    close: async () => {
      await worker.close()
      unlock()
    },
  }
}

class PgliteWorker {
  readonly opened: Promise<void>
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #next = 1
  #ended: Error | undefined

  constructor(folder: string) {
    this.#worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: { folder } })
    const opened = Promise.withResolvers<unknown>()
    this.#waiting.set(0, opened)
    this.opened = opened.promise.then(() => undefined)
    this.#worker.on('message', (reply: PgliteReply) => this.#settle(reply))
    this.#worker.on('error', (error: unknown) => this.#end(error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', () => this.#end(new Error('the database thread ended')))
  }

  call(method: keyof Methods, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new Error('too many calls wait for the database'))
    const pending = Promise.withResolvers<unknown>()
    const id = this.#next
    this.#next += 1
    this.#waiting.set(id, pending)
    this.#worker.postMessage({ id, method, args } satisfies PgliteCall)
    return pending.promise
  }

  async close(): Promise<void> {
    if (this.#ended === undefined) await this.call('close', []).catch(() => undefined)
    await this.#worker.terminate()
  }

  #settle(reply: PgliteReply): void {
    const pending = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) pending?.reject(new Error(reply.error))
    else pending?.resolve(reply.value)
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const pending of this.#waiting.values()) pending.reject(error)
    this.#waiting.clear()
  }
}
