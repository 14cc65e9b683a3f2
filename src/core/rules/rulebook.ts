import { ACTIONS, actionsOf } from './action.ts'
import { REGEX_EFFORT } from './automaton.ts'
import { Bijections } from './bijections.ts'
import type { Expression } from './expression.ts'
import { readExpression } from './expression-text.ts'
import type { Rule } from './rule.ts'
import type { TransformContext } from './transform.ts'

const EXTENSIONS = 'extensions.'

/** The rules in force, with what is prepared of them once and what they learn from one pair of answers to the next. */
export class Rulebook {
  readonly rules: readonly Rule[]
  /** Some rule holds only for answers of one outcome. */
  readonly asksOutcome: boolean
  /** Members of `extensions` that rules name. */
  readonly extensions: readonly (readonly string[])[]
  /** Some rule makes other values equal, which elements of lists find their partners by. */
  readonly hasTransforms: boolean
  readonly #expressions: ReadonlyMap<string, Expression>
  readonly #bijections = new Bijections()

  constructor(rules: readonly Rule[]) {
    this.rules = rules
    this.asksOutcome = rules.some(({ when }) => when?.outcome !== undefined)
    const selectors = rules.flatMap(({ at }) => at).filter((selector) => selector.startsWith(EXTENSIONS))
    this.extensions = [...new Set(selectors)].map((selector) => selector.slice(EXTENSIONS.length).split('.'))
    this.hasTransforms = rules.some((rule) => actionsOf(rule.do).some((name) => ACTIONS[name] === 'transform' || name === 'ignore'))
    const texts = rules.flatMap(({ do: { regex } }) => regex?.match ?? [])
    this.#expressions = new Map(
      texts.flatMap((text) => {
        const read = readExpression(text)
        return 'problem' in read ? [] : [[text, read] as const]
      }),
    )
  }

  /** For one pair of answers. Without a session ids are mapped within the pair. */
  open(session: string | undefined): TransformContext {
    return {
      effort: { left: REGEX_EFFORT },
      bijections: session === undefined ? new Bijections() : this.#bijections,
      session: session ?? '',
      expressions: this.#expressions,
    }
  }
}
