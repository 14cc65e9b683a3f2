import type { ControlFacts } from '../../src/telemetry/metrics.ts'

/** What control says of itself where nothing has happened yet. */
export const NO_FACTS: ControlFacts = {
  restarts: [],
  storeUp: true,
  rules: { expired: [] },
  certificates: [],
  reveals: 0,
  transitions: [],
  verdicts: [],
}
