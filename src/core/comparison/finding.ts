import type { DifferenceClass } from './comparison.ts'
import type { Json } from './json.ts'
import type { Path } from './path.ts'

/** A difference as it is found: without coordinate and rules. */
export interface Finding {
  readonly class: DifferenceClass
  readonly kind: string
  readonly path: Path
  /** What to show of a side; absent where the side has no such place. */
  readonly legacy?: Json
  readonly candidate?: Json
  /** What else to tell of the sides where the values above say too little. Asked only of findings that are kept. */
  readonly detail?: () => Detail
}

export interface Detail {
  readonly shapes: { readonly legacy: string; readonly candidate: string }
  /** How the sides relate. */
  readonly relation?: string
}

/** Takes a finding; tells whether it stays open, which is so unless a rule accepts it. */
export type Report = (finding: Finding) => boolean

/** The sides of a finding, without those that are absent. */
export function sides(legacy: Json | undefined, candidate: Json | undefined): Pick<Finding, 'legacy' | 'candidate'> {
  return { ...(legacy === undefined ? {} : { legacy }), ...(candidate === undefined ? {} : { candidate }) }
}
