import { setTimeout as pause } from 'node:timers/promises'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Child } from './child.ts'
import type { ProcessFacts } from './messages.ts'

/** What a new process gets to be ready; a busy machine is slow. */
const START_MS = 60_000
const LOOK_MS = 20
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

  /** @param onChange hears when other edges serve, or one is gone that was on its way out */
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

  get facts(): readonly ProcessFacts[] {
    const leaving = [...this.#leaving].map(({ facts }) => ({ ...facts, name: `${facts.name}-leaving`, ready: false }))
    return [...this.#serving.map(({ facts }) => facts), ...leaving]
  }

  isLeaving(child: Child): boolean {
    return this.#leaving.has(child)
  }

  /**
   * Replaces every edge, one after the other: the new one is ready before the old one is let go, and the old one lets its requests end, which nobody waits for.
   * `false`: a new edge did not start; it and those after it stay as they were.
   * @param graceMs what an old edge gets to end
   */
  async replace(loaded: LoadedConfig, graceMs: number, isEnding: () => boolean): Promise<boolean> {
    for (let index = 0; index < loaded.workers; index += 1) {
      const next = this.#create(nameOf(index), loaded)
      this.#starting = next
      next.start()
      const up = (await isUp(next)) && !isEnding()
      this.#starting = undefined
      if (!up) {
        next.kill()
        return false
      }
      const [old] = this.#serving.splice(index, 1, next)
      if (old !== undefined) void this.#let(old, graceMs)
    }
    for (const old of this.#serving.splice(loaded.workers)) void this.#let(old, graceMs)
    return true
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.all.map((edge) => edge.stop(graceMs)))
  }

  async #let(old: Child, graceMs: number): Promise<void> {
    this.#leaving.add(old)
    this.#onChange()
    await old.stop(graceMs, IDLE_MS)
    this.#leaving.delete(old)
    this.#onChange()
  }
}

function nameOf(index: number): string {
  return `edge-${index + 1}`
}
