/** What a gate says of a cell. Too little evidence is its own answer. */
export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  /** The numbers that decided, in one sentence a person can read. */
  readonly reason: string
}
