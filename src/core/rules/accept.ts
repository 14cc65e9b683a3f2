import type { DifferenceClass, Severity } from '../comparison/comparison.ts'
import { Identities } from '../comparison/identity.ts'
import type { Json } from '../comparison/json.ts'
import { ACTIONS } from './action.ts'
import { COMPARATORS, type Compared } from './comparator.ts'
import type { Held } from './match.ts'
import { jsonOf, transform, type Pair, type TransformContext } from './transform.ts'

/** What the rules say of a difference: accepted, or kept with another meaning for gates. */
export interface Ruling {
  readonly rule: string
  /** Absent where the difference is accepted. */
  readonly severity?: Exclude<Severity, 'excluded' | 'pass'>
}

/** `ignore: true` hides no more than these: what is worse has to be named, so that nobody hides it by the way (RU-2). */
const IGNORED_BY_TRUE: ReadonlySet<DifferenceClass> = new Set(['value', 'format', 'precision', 'list-order'])

/** Where a rule names the header, the error text or the extension itself, `ignore: true` means that. */
const IGNORED_BY_NAME: ReadonlySet<DifferenceClass> = new Set(['header', 'error-text', 'error-location', 'extensions'])

/** A rule on a field never hides its errors: those have selectors and classes of their own (RU-2). */
const OF_ERRORS: ReadonlySet<DifferenceClass> = new Set(['error-location', 'error-text', 'error-code', 'error-path', 'error-presence'])

/** Judges a difference by the actions that hold at its place, most specific first: transforms, then one comparator, then verdicts (RU-1). */
export function rulingOn(held: readonly Held[], difference: Compared, context: TransformContext): Ruling | undefined {
  const usable = usableFor(difference.class, held)
  const transformed = transformAll(usable, difference, context)
  if ('rule' in transformed) return transformed
  const after = { ...difference, ...transformed }
  const comparator = usable.find(({ name }) => ACTIONS[name] === 'comparator')
  if (comparator !== undefined && COMPARATORS[comparator.name]?.(after, comparator.rule.do) === true) return { rule: comparator.rule.id }
  return verdictOn(usable, after)
}

/** The actions that have something to say about a class. */
export function usableFor(name: DifferenceClass, held: readonly Held[]): readonly Held[] {
  return OF_ERRORS.has(name) ? held.filter((one) => one.isNamed || one.name === 'ignore') : held
}

/** From general to specific, until the sides are the same: that one is the rule to name. */
function transformAll(held: readonly Held[], pair: Pair, context: TransformContext): Ruling | Pair {
  let { legacy, candidate } = pair
  for (const { name, rule } of held.filter((one) => ACTIONS[one.name] === 'transform').toReversed()) {
    const next = transform(name, { legacy, candidate }, rule, context)
    const hasChanged = next.legacy !== legacy || next.candidate !== candidate
    ;({ legacy, candidate } = next)
    // Sides that were the same before are told apart by how they are written: that is no matter of this transform.
    if (hasChanged && new Identities().same(legacy, candidate)) return { rule: rule.id }
  }
  return { legacy, candidate }
}

function verdictOn(held: readonly Held[], difference: Compared): Ruling | undefined {
  const accepted = held.find(({ name, rule, isNamed }) => {
    if (name === 'ignore') return isIgnored(rule.do.ignore, difference.class, isNamed)
    const { accept } = rule.do
    return name === 'accept' && accept !== undefined && isValue(difference.legacy, accept.from) && isValue(difference.candidate, accept.to)
  })
  if (accepted !== undefined) return { rule: accepted.rule.id }
  const weighed = held.find(({ name }) => name === 'severity')
  const severity = weighed?.rule.do.severity
  if (weighed === undefined || severity === undefined) return undefined
  return severity === 'pass' ? { rule: weighed.rule.id } : { rule: weighed.rule.id, severity }
}

function isIgnored(ignore: Held['rule']['do']['ignore'], name: DifferenceClass, isNamed: boolean): boolean {
  if (typeof ignore === 'object') return ignore.classes.includes(name)
  return IGNORED_BY_TRUE.has(name) || (isNamed && IGNORED_BY_NAME.has(name))
}

function isValue(json: Json | undefined, value: Parameters<typeof jsonOf>[0]): boolean {
  return json !== undefined && new Identities().same(json, jsonOf(value))
}
