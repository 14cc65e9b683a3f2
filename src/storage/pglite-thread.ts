import { Worker } from 'node:worker_threads'
import type { PgliteCall, PgliteMethods, PgliteReply } from './pglite-messages.ts'
import { reasonOf, StoreFault } from './store-fault.ts'

/** One life of the database thread. */
export class PgliteThread {
  /** Resolves when the database is open; rejects with `StoreFault` when it cannot be opened. */
  readonly opened: Promise<void>
  /** Resolves with the reason when the thread has ended, whoever ended it. */
  readonly ended: Promise<StoreFault>
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #next = 1
  #fault: StoreFault | undefined

  constructor(folder: string) {
    this.#worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { name: 'banyan store', workerData: { folder } })
    const opened = Promise.withResolvers<unknown>()
    this.#waiting.set(0, opened)
    this.opened = opened.promise.then(() => undefined)
    this.#worker.on('message', (reply: PgliteReply) => this.#settle(reply))
    this.#worker.on('error', (error: unknown) => this.#end(`the database thread failed: ${reasonOf(error)}`))
    this.ended = new Promise((resolve) => this.#worker.once('exit', () => resolve(this.#end('the database thread ended'))))
  }

  call(method: keyof PgliteMethods, args: readonly unknown[]): Promise<unknown> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    const pending = Promise.withResolvers<unknown>()
    const id = this.#next
    this.#next += 1
    this.#waiting.set(id, pending)
    this.#worker.postMessage({ id, method, args } satisfies PgliteCall)
    return pending.promise
  }

  /** Ends the thread at once, whatever it is doing. Rows that were acknowledged stay. */
  async kill(reason: string): Promise<void> {
    this.#end(reason)
    await this.#worker.terminate()
  }

  #settle(reply: PgliteReply): void {
    const pending = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('fault' in reply) pending?.reject(new StoreFault(reply.fault))
    else pending?.resolve(reply.value)
  }

  /** Everybody who waits hears it. The first reason stands. */
  #end(reason: string): StoreFault {
    this.#fault ??= new StoreFault(reason)
    for (const pending of this.#waiting.values()) pending.reject(this.#fault)
    this.#waiting.clear()
    return this.#fault
  }
}
