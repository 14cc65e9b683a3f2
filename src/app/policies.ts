import type { LoadedConfig } from '../config/loaded.ts'
import { isRest, type Identified, type Operation } from '../core/operation/operation.ts'
import { pathWords } from '../core/operation/rest.ts'
import { policyFor } from '../core/routing/decide.ts'
import { policyOf, type Policy } from '../core/routing/policy.ts'

/** What the operator says of operations, looked up once for each. */
export class Policies {
  readonly #config: Pick<LoadedConfig['config'], 'operations' | 'mirror'>
  /** By operation, which lives as long as its document is remembered, and region. */
  readonly #known = new WeakMap<Operation, Map<string, Policy>>()

  constructor({ config }: Pick<LoadedConfig, 'config'>) {
    this.#config = config
  }

  of(operation: Operation, roots: readonly string[], region: string): Policy {
    const known = this.#known.get(operation)?.get(region)
    if (known !== undefined) return known
    const { operations, mirror } = this.#config
    const policy = policyOf(operations, { ...operation, roots: isRest(operation.type) ? pathWords(operation) : roots, region }, mirror.deny)
    const byRegion = this.#known.get(operation) ?? new Map<string, Policy>()
    this.#known.set(operation, byRegion.set(region, policy))
    return policy
  }

  /** What holds for a request as a whole. */
  readonly for = (identified: Identified, region: string): Pick<Policy, 'writes' | 'isDenied'> => {
    if (identified.kind === 'operation') return this.of(identified.operation, identified.roots, region)
    return policyFor(identified, (operation, index) =>
      this.of(operation, identified.kind === 'batch' ? (identified.roots[index] ?? []) : [], region),
    )
  }
}
