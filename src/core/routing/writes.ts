/**
 * What is done with a mutation besides serving it. `single`: nothing, one backend runs it once. `sandbox`: the other backend, which has a store of its own, does
 * it too, after the primary did. `dry-run`: the candidate does it and rolls it back. `validate-only`: the candidate is asked with every root field skipped.
 */
export const WRITES = ['single', 'sandbox', 'dry-run', 'validate-only'] as const
export type Writes = (typeof WRITES)[number]

/** What brings a mutation to a second backend. */
export type Passed = Exclude<Writes, 'single'>

/** Those that leave nothing behind, if the candidate keeps its word. */
export const REHEARSALS = ['dry-run', 'validate-only'] as const
export type Rehearsal = (typeof REHEARSALS)[number]
