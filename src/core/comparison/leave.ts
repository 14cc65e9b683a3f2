import { Privacy } from './privacy.ts'
import type { Reveal, Revealed } from './reveal.ts'

/** Who lets values into one example: the allow list, else somebody who revealed them for a while. Remembers which reveals were needed. */
export class Leave {
  readonly #privacy: Privacy
  readonly #reveals: readonly { readonly reveal: Reveal; readonly privacy: Privacy }[]
  readonly #needed = new Set<Reveal>()

  constructor(privacy: Privacy, reveals: readonly Reveal[]) {
    this.#privacy = privacy
    this.#reveals = reveals.map((reveal) => ({ reveal, privacy: new Privacy(reveal.coordinates) }))
  }

  /** @param lets asks one of the lists */
  has(lets: (privacy: Privacy) => boolean): boolean {
    if (lets(this.#privacy)) return true
    const found = this.#reveals.find(({ privacy }) => lets(privacy))
    if (found !== undefined) this.#needed.add(found.reveal)
    return found !== undefined
  }

  /** Nothing where the allow list was enough. */
  get revealed(): Revealed | undefined {
    const needed = [...this.#needed]
    return needed.length === 0 ? undefined : { by: needed.map(({ id }) => id), since: Math.max(...needed.map(({ from }) => from)) }
  }
}
