import type { Operation } from './operation.ts'
import { wildcard } from './pattern.ts'

/** What the operator says of cursors. */
export interface CursorSettings {
  /** Names of arguments that take a cursor. */
  readonly arguments: readonly string[]
  /** What cursors of legacy look like: patterns with `*`. */
  readonly legacy: readonly string[]
}

/** Longer ones are compared by their beginning. */
const MAX_CURSOR = 512

/** Tells whether a request goes on with a pagination that legacy began (hazard H4), from its variables: most clients write cursors there and nowhere else. */
export class Cursors {
  readonly #settings: CursorSettings
  /** Names of the variables of each operation that are cursors. */
  readonly #variables = new WeakMap<Operation, readonly string[]>()

  constructor(settings: CursorSettings) {
    this.#settings = settings
  }

  areOfLegacy(operation: Operation, variables: Readonly<Record<string, unknown>> | undefined): boolean {
    return (
      variables !== undefined &&
      this.#variablesOf(operation).some((name) => {
        const value = Object.hasOwn(variables, name) ? variables[name] : undefined
        return (
          typeof value === 'string' &&
          value !== '' &&
          this.#settings.legacy.some((pattern) => wildcard(pattern, value.slice(0, MAX_CURSOR)))
        )
      })
    )
  }

  /** Read once from the signature text, which has every argument as `name:$variable`. */
  #variablesOf(operation: Operation): readonly string[] {
    const known = this.#variables.get(operation)
    if (known !== undefined) return known
    const found = [...operation.document.matchAll(/(\w+):\$(\w+)/g)].flatMap(([, argument = '', variable = '']) =>
      this.#settings.arguments.includes(argument) ? [variable] : [],
    )
    this.#variables.set(operation, found)
    return found
  }
}
