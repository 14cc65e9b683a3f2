import { accepts } from '../rules/accept.ts'
import { rulesAt, type Circumstances } from '../rules/match.ts'
import type { Rule } from '../rules/rule.ts'
import { CLASSES, SEVERITY, type Comparison, type Difference, type DifferenceClass } from './comparison.ts'
import type { Finding } from './finding.ts'
import type { Json } from './json.ts'
import { writeJson } from './json-text.ts'
import type { Path } from './path.ts'
import type { Places } from './places.ts'
import { relationOf } from './relation.ts'
import { shapeOf, typeOf } from './shape.ts'
import type { ListRule } from './walk.ts'

/** Longest value text that a difference carries, in characters. */
const VALUE_LENGTH = 200

/** The class says already how the values relate. */
const UNRELATED: ReadonlySet<DifferenceClass> = new Set(['format', 'precision'])

interface Judgement {
  readonly finding: Finding
  /** Id of the rule that accepted it. */
  readonly rule?: string
}

/** Applies the rules to the findings of one pair, and keeps as many as a comparison holds: the worst ones, all of them counted. */
export class Judge {
  readonly #rules: readonly Rule[]
  readonly #places: Places
  readonly #circumstances: Circumstances
  /** Differences kept of each class. */
  readonly #limit: number
  readonly #open = new Map<DifferenceClass, Finding[]>()
  readonly #accepted: Judgement[] = []
  #total = 0
  #suppressed = 0

  constructor(rules: readonly Rule[], places: Places, circumstances: Circumstances, limit: number) {
    this.#rules = rules
    this.#places = places
    this.#circumstances = circumstances
    this.#limit = limit
  }

  /** Differences found so far, accepted ones too. */
  get found(): number {
    return this.#total + this.#suppressed
  }

  /** Takes a finding; tells whether it stays open. */
  report(finding: Finding): boolean {
    const rule = this.#rules.length === 0 ? undefined : this.#ruleFor(finding)
    if (rule !== undefined) {
      this.#accept(finding, rule.id)
      return false
    }
    this.#total += 1
    const known = this.#open.get(finding.class)
    if (known === undefined) this.#open.set(finding.class, [finding])
    else if (known.length < this.#limit) known.push(finding)
    return true
  }

  /** How the list at a path is to be compared, where a rule says so. */
  listRule(path: Path): ListRule | undefined {
    if (this.#rules.length === 0) return undefined
    const rule = this.#rulesAt(path, 'list-order').find((held) => 'unordered' in held.do)
    if (rule === undefined || !('unordered' in rule.do)) return undefined
    const { unordered } = rule.do
    return { ...(unordered === true ? {} : { key: unordered.key }), accept: (finding) => this.#accept(finding, rule.id) }
  }

  conclude(reason?: string): Comparison {
    const open = CLASSES.toReversed().flatMap((name) => this.#open.get(name) ?? [])
    const worst: DifferenceClass = open[0]?.class ?? (this.#accepted.length > 0 ? 'normalised' : 'identical')
    const severity = SEVERITY[worst]
    return {
      class: worst,
      verdict: severity === 'block' ? 'mismatch' : severity === 'excluded' ? 'inconclusive' : 'match',
      differences: open.slice(0, this.#limit).map((finding) => this.#difference({ finding })),
      total: this.#total,
      suppressed: this.#accepted.map((judgement) => this.#difference(judgement)),
      ...(reason === undefined ? {} : { reason }),
    }
  }

  #ruleFor(finding: Finding): Rule | undefined {
    const judged = { class: finding.class, legacy: typeOf(finding.legacy), candidate: typeOf(finding.candidate) }
    return this.#rulesAt(finding.path, finding.class).find((rule) => accepts(rule, judged))
  }

  #rulesAt(path: Path, name: DifferenceClass): readonly Rule[] {
    return rulesAt(this.#rules, this.#places.place(path, name), this.#circumstances)
  }

  #accept(finding: Finding, rule: string): void {
    this.#suppressed += 1
    if (this.#accepted.length < this.#limit) this.#accepted.push({ finding, rule })
  }

  #difference({ finding, rule }: Judgement): Difference {
    const detail = finding.detail?.()
    const relation = detail?.relation ?? (UNRELATED.has(finding.class) ? undefined : relationOf(finding.legacy, finding.candidate))
    return {
      class: finding.class,
      kind: finding.kind,
      ...this.#places.label(finding.path),
      legacy: sideOf(finding.legacy, this.#safe(finding, detail?.shapes.legacy)),
      candidate: sideOf(finding.candidate, this.#safe(finding, detail?.shapes.candidate)),
      ...(relation === undefined ? {} : { relation }),
      ...(rule === undefined ? {} : { rule }),
    }
  }

  /** The shape of an error holds words of its text. */
  #safe(finding: Finding, shape: string | undefined): string | undefined {
    return shape !== undefined && finding.class.startsWith('error-') ? this.#places.hide(shape) : shape
  }
}

function sideOf(json: Json | undefined, shape: string = shapeOf(json)): Difference['legacy'] {
  return { type: typeOf(json), shape, ...(json === undefined ? {} : { value: writeJson(json, VALUE_LENGTH) }) }
}
