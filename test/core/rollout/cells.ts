import { EMPTY_EVIDENCE, type Evidence } from '../../../src/core/evidence/evidence.ts'

/** Evidence of so many comparisons of which so many differ, and whatever else ended otherwise. */
export function evidenceOf(
  compared: number,
  differing: number,
  rest: Partial<Pick<Evidence, 'outcomes' | 'failures' | 'requests'>> = {},
): Evidence {
  const outcomes = { compared, ...rest.outcomes }
  return {
    ...EMPTY_EVIDENCE,
    requests: rest.requests ?? Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    classes: { identical: compared - differing, value: differing },
    failures: rest.failures ?? {},
  }
}
