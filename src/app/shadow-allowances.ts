import { SHED, type AllowanceBound, type Shed } from '../core/exchange/bound.ts'
import type { Observation } from '../core/exchange/exchange.ts'
import { ORIGINS, type Origin } from '../core/routing/stage.ts'
import { ShadowAllowance } from './shadow-allowance.ts'

/** What both origins may be asked as shadows. Whoever asked legacy: when it gets slow, every shadow may be the reason. */
export class ShadowAllowances {
  readonly #allowances: Readonly<Record<Origin, ShadowAllowance>>
  readonly #onChange: () => void

  /** @param onChange `bounds` may be others now */
  constructor(ceiling: number, onChange: () => void) {
    this.#allowances = { legacy: new ShadowAllowance(ceiling), candidate: new ShadowAllowance(ceiling) }
    this.#onChange = onChange
  }

  get inFlight(): number {
    return ORIGINS.reduce((sum, origin) => sum + this.#allowances[origin].inFlight, 0)
  }

  get limits(): Readonly<Record<Origin, number>> {
    return { legacy: this.#allowances.legacy.limit, candidate: this.#allowances.candidate.limit }
  }

  /** Which bound a further request for a shadow would meet; absent: it would be asked. */
  get bounds(): Readonly<Record<Origin, AllowanceBound | undefined>> {
    return { legacy: this.#allowances.legacy.bound, candidate: this.#allowances.candidate.bound }
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
    this.#onChange()
    return asked.then((observation) => {
      allowance.end(observation)
      this.saw(observation)
      this.#onChange()
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
    this.#onChange()
  }
}
