import { setTimeout as pause } from 'node:timers/promises'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Child } from './child.ts'
import type { ControlOrder, ProcessFacts } from './messages.ts'

/** What a new process gets to be ready; a busy machine is slow. */
const START_MS = 60_000
const LOOK_MS = 20
/** What an edge gets after `listen.drainMs`: enough to compare and hand in what it has. */
const GRACE_MS = 5_000
/** Longer than a client that asks again and again is ever idle: it is told with an answer that it has to connect anew, and loses no request. */
const IDLE_MS = 2_000

/** Whether a process that was started does its work; `false` once it has died of it, or was too slow. */
export async function isUp(child: Child): Promise<boolean> {
  for (let waited = 0; waited < START_MS && child.restarts === 0; waited += LOOK_MS) {
    if (child.ready) return true
    await pause(LOOK_MS)
  }
  return child.ready
}

/** The edges that serve, those that start in their place, and those that are on their way out. */
export class Edges {
  readonly #create: (name: string, loaded: LoadedConfig) => Child
  readonly #onChange: () => void
  #serving: Child[]
  #starting: Child | undefined
  readonly #leaving = new Set<Child>()
  #isEnding = false

  /** @param onChange hears when other edges serve, for whom connections may wait, or one is gone that was on its way out */
  constructor(create: (name: string, loaded: LoadedConfig) => Child, loaded: LoadedConfig, onChange: () => void) {
    this.#create = create
    this.#onChange = onChange
    this.#serving = Array.from({ length: loaded.workers }, (_, index) => create(nameOf(index), loaded))
  }

  /** Those that connections are given to, as far as they are ready. */
  get serving(): readonly Child[] {
    return this.#serving
  }

  /** Everybody who has to hear what is said to edges. */
  get all(): readonly Child[] {
    return [...this.#serving, ...(this.#starting === undefined ? [] : [this.#starting]), ...this.#leaving]
  }

  /** @param to the name of the only one that is meant */
  tell(order: ControlOrder, to?: string): void {
    for (const edge of this.all) if (to === undefined || edge.name === to) edge.send({ kind: 'order', order })
  }

  get facts(): readonly ProcessFacts[] {
    const leaving = [...this.#leaving].map(({ facts }) => ({ ...facts, name: `${facts.name}-leaving`, ready: false }))
    return [...this.#serving.map(({ facts }) => facts), ...leaving]
  }

  isLeaving(edge: object): boolean {
    const leaving: ReadonlySet<object> = this.#leaving
    return leaving.has(edge)
  }

  /**
   * Replaces every edge, one after the other: the new one is ready before the old one is let go, and the old one lets its requests end, which nobody waits for.
   * Resolves with how many were replaced: fewer than there are to be where one did not start; the old one stays, as do those after it.
   * @param drainMs what an old edge gets to end
   * @param first only so many of them, to undo what was begun
   */
  async replace(loaded: LoadedConfig, drainMs: number, first = loaded.workers): Promise<number> {
    for (let index = 0; index < Math.min(first, loaded.workers); index += 1) {
      const next = this.#create(nameOf(index), loaded)
      this.#starting = next
      next.start()
      const up = (await isUp(next)) && !this.#isEnding
      this.#starting = undefined
      if (!up) {
        next.kill()
        return index
      }
      const [old] = this.#serving.splice(index, 1, next)
      if (old !== undefined) void this.#let(old, drainMs)
    }
    for (const old of this.#serving.splice(loaded.workers)) void this.#let(old, drainMs)
    return loaded.workers
  }

  async stop(drainMs: number): Promise<void> {
    this.#isEnding = true
    await Promise.all(this.all.map((edge) => edge.stop(drainMs + GRACE_MS)))
  }

  async #let(old: Child, drainMs: number): Promise<void> {
    this.#leaving.add(old)
    this.#onChange()
    await old.stop(drainMs + GRACE_MS, IDLE_MS)
    this.#leaving.delete(old)
    this.#onChange()
  }
}

function nameOf(index: number): string {
  return `edge-${index + 1}`
}
