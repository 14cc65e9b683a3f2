import { describe, expect, test } from 'vitest'
import { readPlan } from '../../src/config/plans.ts'
import { GATE_DEFAULTS } from '../../src/core/evidence/gates.ts'

/** What a plan makes of the gates of its only step. */
const read = (gates: string) =>
  readPlan('plan.yaml', `version: 1\nname: reads\nwhy: a test\noperations: ['query:*']\nsteps:\n  - { stage: shadow, gates: ${gates} }\n`, {
    region: { value: 'eu' },
    environment: 'production',
    operations: [],
  })

describe('the gates of a step', () => {
  test('are the defaults where nothing is said', () => {
    expect(read('{}').plan?.steps[0]?.gates).toEqual(GATE_DEFAULTS)
  })

  test('are none where time and people decide', () => {
    expect(read('none').plan?.steps[0]).not.toHaveProperty('gates')
  })

  test('take every number', () => {
    const peak = { from: '18:00', to: '21:00', zone: 'Europe/Berlin' }
    const given = {
      mismatches: 0.01,
      minKeys: 20,
      failures: 0.02,
      p50: 1.05,
      p95: 1.5,
      p99: 'none',
      coverage: 0.5,
      falsePass: 0.05,
      falseFail: 0.1,
    }
    expect(read(JSON.stringify({ ...given, soak: '2h', peak })).plan?.steps[0]?.gates).toEqual({ ...given, soakMs: 7_200_000, peak })
  })

  test.each<[string, string]>([
    ['{ p50: 1.3 }', '6:36 `steps.0.gates.p50`: Invalid option: expected one of 1.05|1.1|1.2|1.5|2|"none"'],
    ['{ soak: 2 hours }', '6:37 `steps.0.gates.soak`: must be a length of time, for example 30min, 2h or 1d 12h'],
    ['{ p9: 2 }', '6:31 unknown key `p9`'],
    ['{ peak: { from: "25:00", to: "20:00", zone: UTC } }', '6:45 `steps.0.gates.peak.from`: must be a time, HH:MM'],
    ['{ peak: { from: "19:00", to: "20:00", zone: Nowhere } }', '6:73 `Nowhere` is no time zone'],
    ['5', '6:29 `steps.0.gates`: fits none of the forms that are allowed here'],
  ])('%s is a problem where it stands', (gates, expected) => {
    expect(read(gates).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([expected])
  })
})
