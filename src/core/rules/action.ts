import type { DifferenceClass, Severity } from '../comparison/comparison.ts'

/** A value that a rule names. */
export type Scalar = string | number | boolean | null

/** What a rule does to the places that it names: one action or several. Section 8 of the semantics. */
export interface Action {
  /** Texts equal but for upper and lower case. */
  readonly case?: true
  /** Texts equal but for white space around them. */
  readonly trim?: true
  /** Texts equal in Unicode's normal form C. */
  readonly nfc?: true
  /** Numbers, and texts that `numericString` made numbers, rounded to this many digits behind the point, halves away from zero. */
  readonly round?: { readonly digits: number }
  readonly timestamp?: Timestamp
  /** A text that holds a number is that number. */
  readonly numericString?: true
  /** A text that holds a JSON object or list is that value. */
  readonly jsonString?: true
  /** Every match is replaced. Runs in linear time: no look-around, no back reference. */
  readonly regex?: { readonly match: string; readonly replace: string }
  /** Legacy's value stands for the candidate's. The reverse direction stays a difference. */
  readonly map?: Readonly<Record<string, Scalar>>
  /** `true`, or how legacy's type names are called by the candidate. */
  readonly globalId?: true | { readonly types: Readonly<Record<string, string>> }
  /** Each of legacy's ids stands for one of the candidate's, the first that is seen beside it in the session. */
  readonly idMap?: true
  /** A list, ordered by the value at a response key or path of keys before it is compared by place. */
  readonly sort?: { readonly by: string | readonly string[] }
  readonly nullAsMissing?: true
  /** An empty text, list or object is null. */
  readonly emptyAsNull?: true
  /** Numbers that are near: by `abs`, or by `rel` of the greater one. */
  readonly tolerance?: { readonly abs?: number; readonly rel?: number }
  /** The list is a set: order does not matter. With `key`, elements are paired by that response key, path of keys, or several of them. */
  readonly unordered?: true | { readonly key: string | readonly string[] }
  /** Both null, or both not null and of the same type. */
  readonly presence?: true
  /** The same JSON types, down to the leaves. */
  readonly shape?: true
  /** Lists of as many elements, texts of as many characters. */
  readonly length?: true
  /** Stops every less specific rule. */
  readonly compare?: 'exact'
  /** `true` hides value, format, precision and list-order; anything worse has to be named. */
  readonly ignore?: true | { readonly classes: readonly DifferenceClass[] }
  /** This one pair of values. The reverse direction stays a difference. */
  readonly accept?: { readonly from: Scalar; readonly to: Scalar }
  /** What a difference here means for gates; `pass` accepts it. */
  readonly severity?: Exclude<Severity, 'excluded'>
}

export interface Timestamp {
  /** What is finer is cut off. */
  readonly precision?: 's' | 'ms' | 'us' | 'ns'
  /** Milliseconds that two instants may be apart. */
  readonly window?: number
  /** What a time without a zone is taken for; without it, an instant that nobody knows. */
  readonly assume?: 'utc'
}

export type ActionName = keyof Action

/** Transforms come first, then one comparator, then verdicts (RU-1). */
export type ActionSort = 'transform' | 'comparator' | 'verdict'

/** Every action, in the order in which transforms of equal rank are applied. */
export const ACTIONS: Readonly<Record<ActionName, ActionSort>> = {
  jsonString: 'transform',
  numericString: 'transform',
  trim: 'transform',
  nfc: 'transform',
  case: 'transform',
  regex: 'transform',
  round: 'transform',
  timestamp: 'transform',
  globalId: 'transform',
  map: 'transform',
  idMap: 'transform',
  emptyAsNull: 'transform',
  nullAsMissing: 'transform',
  sort: 'transform',
  tolerance: 'comparator',
  unordered: 'comparator',
  presence: 'comparator',
  shape: 'comparator',
  length: 'comparator',
  compare: 'comparator',
  ignore: 'verdict',
  accept: 'verdict',
  severity: 'verdict',
}

/** The actions that a rule writes, in the order of the table. */
export function actionsOf(action: Action): readonly ActionName[] {
  // The table's keys are the actions by its type.
  return (Object.keys(ACTIONS) as ActionName[]).filter((name) => action[name] !== undefined)
}

/** Whether a difference can be accepted or lowered by it: `compare: exact` and `severity: block` only make more of one. */
export function canSuppress(action: Action): boolean {
  return actionsOf(action).some((name) => name !== 'compare' && (name !== 'severity' || action.severity !== 'block'))
}
