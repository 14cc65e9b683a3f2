/**
 * The classes of difference, from harmless to worst. The names are the API: spans, metrics, rules and reports use them.
 * Source: section 5 of the semantics that `ARCHITECTURE.md` sums up.
 */
export const CLASSES = [
  'identical',
  'format',
  'normalised',
  'precision',
  'error-location',
  'extensions',
  'error-text',
  'header',
  'envelope',
  'list-order',
  'value',
  'list-membership',
  'null-vs-missing',
  'field-extra',
  'field-missing',
  'nullness',
  'type',
  'error-code',
  'error-path',
  'error-presence',
  'status',
  'ambiguous-duplicate',
  'invalid',
  'inconclusive',
] as const
export type DifferenceClass = (typeof CLASSES)[number]

/** What a class means for a gate by default: `pass` counts as parity, `warn` too but is shown, `block` does not. */
export type Severity = 'pass' | 'warn' | 'block' | 'excluded'
export const SEVERITY: Readonly<Record<DifferenceClass, Severity>> = {
  identical: 'pass',
  format: 'warn',
  normalised: 'pass',
  precision: 'warn',
  'error-location': 'pass',
  extensions: 'pass',
  'error-text': 'warn',
  header: 'warn',
  envelope: 'warn',
  'list-order': 'block',
  value: 'block',
  'list-membership': 'block',
  'null-vs-missing': 'block',
  'field-extra': 'block',
  'field-missing': 'block',
  nullness: 'block',
  type: 'block',
  'error-code': 'block',
  'error-path': 'block',
  'error-presence': 'block',
  status: 'block',
  'ambiguous-duplicate': 'block',
  invalid: 'block',
  inconclusive: 'excluded',
}

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' | 'absent'

/**
 * How sure a coordinate is: `exact` and `inferred` (by the keys of the object) name one field; `declared` is the interface's field, `ambiguous` lists the
 * candidates; `typename-only` and `field-path` are all that can be told without a schema. The last three tell that the answer, the document and the
 * schema do not fit together.
 */
export type Resolution =
  | 'exact'
  | 'inferred'
  | 'ambiguous'
  | 'declared'
  | 'typename-only'
  | 'field-path'
  | 'unrequested'
  | 'unknown-field'
  | 'unknown-type'

/** One side of a difference. */
export interface Side {
  readonly type: JsonType
  /** The value with its content taken out: `iso.6f+00:00`, `text`, `integer`, `list`, `object`. Safe to store. */
  readonly shape: string
  /** JSON text of the value, cut to a bound. In memory only, unless the coordinate is on the allow list. */
  readonly value?: string
}

/** One place where two answers disagree. */
export interface Difference {
  readonly class: DifferenceClass
  /** A finer word within the class: `null-bubbling`, `key-order`, `escapes`, `number-spelling`, … */
  readonly kind: string
  /** Response path, as in GraphQL errors: `data.users[3].name`. */
  readonly path: string
  /** The path as far as the document asked for it, where that is not all of it: keys behind it may be data. The part that may be kept. */
  readonly safePath?: string
  /** Schema coordinate (`User.name`), or the field path (`query.users[].name`) where no schema is known. */
  readonly coordinate: string
  readonly resolution: Resolution
  readonly legacy: Side
  readonly candidate: Side
  /** How the two values relate: `same-instant`, `numerically-equal`, `equal-ignoring-case`, …; absent where no relation is known. */
  readonly relation?: string
  /** Id of the rule that accepted this difference, or gave it another severity; absent where none did. */
  readonly rule?: string
  /** What it means for gates, where a rule says so. */
  readonly severity?: 'warn' | 'block'
}

/** How many differences a rule accepted or lowered. */
export interface Suppression {
  readonly rule: string
  readonly count: number
}

/** The outcome for one exchange. `class` is the worst of the differences that no rule accepted or lowered. */
export interface Comparison {
  readonly class: DifferenceClass
  readonly verdict: 'match' | 'mismatch' | 'inconclusive'
  /** Unaccepted differences, worst first, at most `limits.differences`. */
  readonly differences: readonly Difference[]
  /** How many there were before the cut. */
  readonly total: number
  /** Differences that a rule accepted, under the same bound. */
  readonly suppressed: readonly Difference[]
  /** All of them, counted by rule. */
  readonly suppressions: readonly Suppression[]
  /** Why the pair could not be judged, or not to its end: then there is a mismatch, and perhaps more. */
  readonly reason?: string
}

/** The class that a comparison counts under: one that a rule alone made a mismatch counts as a value, so that gates see it. */
export function countedClass({ class: name, verdict }: Pick<Comparison, 'class' | 'verdict'>): DifferenceClass {
  return verdict === 'mismatch' && SEVERITY[name] !== 'block' ? 'value' : name
}

/** Whether a difference keeps its comparison from being a match, by its class or by what a rule says of it. */
export function isBlocking({ class: name, severity }: Pick<Difference, 'class' | 'severity'>): boolean {
  return (severity ?? SEVERITY[name]) === 'block'
}
