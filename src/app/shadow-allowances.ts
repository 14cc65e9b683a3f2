import { SHED, type Shed } from '../core/exchange/bound.ts'
import type { Observation } from '../core/exchange/exchange.ts'
import { ORIGINS, type Origin } from '../core/routing/stage.ts'
import { fullWord } from './full-shadows.ts'
import { ShadowAllowance } from './shadow-allowance.ts'

/** What both origins may be asked as shadows. Whoever asked legacy: when it gets slow, every shadow may be the reason. */
export class ShadowAllowances {
  readonly #allowances: Readonly<Record<Origin, ShadowAllowance>>
  readonly #tellFull: (word: number) => void
  #told = 0

  /** @param tellFull tells the client's path which shadows would not be asked, as `fullWord` */
  constructor(ceiling: number, tellFull: (word: number) => void) {
    this.#allowances = { legacy: new ShadowAllowance(ceiling), candidate: new ShadowAllowance(ceiling) }
    this.#tellFull = tellFull
  }

  get inFlight(): number {
    return ORIGINS.reduce((sum, origin) => sum + this.#allowances[origin].inFlight, 0)
  }

  get limits(): Readonly<Record<Origin, number>> {
    return { legacy: this.#allowances.legacy.limit, candidate: this.#allowances.candidate.limit }
  }

  /**
   * Asks within the origin's allowance; where none is left, says which bound that is.
   * @param ask never rejects
   */
  within(origin: Origin, ask: () => Promise<Observation>): Promise<Observation | Shed> {
    const { [origin]: allowance } = this.#allowances
    const { bound } = allowance
    if (bound !== undefined) return Promise.resolve(SHED[bound])
    const asked = ask()
    allowance.begin()
    this.#tell()
    return asked.then((observation) => {
      allowance.end(observation)
      this.saw(observation)
      this.#tell()
      return observation
    })
  }

  /** Somebody was answered. */
  saw(observation: Observation | undefined): void {
    if (observation?.outcome !== 'answered' || observation.origin !== 'legacy') return
    for (const origin of ORIGINS) this.#allowances[origin].sawLegacy(observation)
  }

  /** Ends a window. */
  adjust(): void {
    for (const origin of ORIGINS) this.#allowances[origin].adjust()
    this.#tell()
  }

  #tell(): void {
    const { legacy, candidate } = this.#allowances
    const full = fullWord({ legacy: legacy.bound, candidate: candidate.bound })
    if (full !== this.#told) this.#tellFull(full)
    this.#told = full
  }
}
