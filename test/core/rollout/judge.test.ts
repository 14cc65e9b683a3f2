import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { judge } from '../../../src/core/rollout/judge.ts'
import type { Stage } from '../../../src/core/routing/stage.ts'
import { evidenceOf } from './cells.ts'

const verdictOf = (evidence: Evidence, stage?: Stage): string => {
  const { verdict, reason } = judge(evidence, GATE_DEFAULTS, stage)
  return `${verdict}: ${reason}`
}

describe('a cell', () => {
  test.each<[string, Evidence, Stage | undefined, string]>([
    ['with nothing in it waits', EMPTY_EVIDENCE, 'shadow', 'inconclusive: no comparison yet'],
    [
      'without a difference waits for the 5,808th comparison',
      evidenceOf(5_807, 0),
      'shadow',
      'inconclusive: 0 of 5807 comparisons differ, noise included; about 1 comparisons more are needed',
    ],
    [
      'passes with it',
      evidenceOf(5_808, 0),
      'shadow',
      'pass: 0 of 5808 comparisons differ, noise included; below 0.1 % with error 1 %; 0 of 5808 mirrored requests got no answer; below 0.1 % with error 1 %; 100 % of requests were compared',
    ],
    [
      'with a difference waits longer',
      evidenceOf(9_857, 1),
      'shadow',
      'inconclusive: 1 of 9857 comparisons differ, noise included; about 1 comparisons more are needed',
    ],
    [
      'says what it would take where the differences so far are too many',
      evidenceOf(5_000, 12),
      'shadow',
      'inconclusive: 12 of 5000 comparisons differ, noise included; never below 0.1 % at this rate; 23,862 comparisons more if all goes well from now on',
    ],
    [
      'that clearly differs fails',
      evidenceOf(30_000, 1_290),
      'shadow',
      'fail: 1290 of 30000 comparisons differ, noise included; the bound is 0.1 %',
    ],
    [
      'whose candidate leaves requests unanswered fails, though all that was compared is the same',
      evidenceOf(20_000, 0, { outcomes: { 'shadow-failed': 900, 'shadow-timeout': 100 } }),
      'shadow',
      'fail: 1000 of 21000 mirrored requests got no answer; the bound is 0.1 %',
    ],
    [
      'whose candidate never answered fails',
      evidenceOf(0, 0, { outcomes: { 'shadow-failed': 300 } }),
      'shadow',
      'fail: 300 of 300 mirrored requests got no answer; the bound is 0.1 %',
    ],
    [
      'at live is not blamed for what legacy loses as the shadow',
      evidenceOf(20_000, 0, { outcomes: { 'shadow-failed': 1_000 } }),
      'live',
      'pass: 0 of 20000 comparisons differ, noise included; below 0.1 % with error 1 %; the candidate failed 0 of 21000 requests; below 0.1 % with error 1 %; 95.2 % of requests were compared',
    ],
    [
      'at live is blamed for every failure but a client that went away',
      evidenceOf(20_000, 0, {
        outcomes: { 'primary-failed': 1_000 },
        failures: { 'candidate:5xx': 200, 'candidate:timeout': 300, 'candidate:aborted': 500, 'legacy:reset': 7 },
      }),
      'live',
      'fail: the candidate failed 500 of 21000 requests; the bound is 0.1 %',
    ],
    [
      'that may be of several stages is held back by lost answers, and not failed for them',
      evidenceOf(20_000, 0, { outcomes: { 'shadow-failed': 1_000 } }),
      undefined,
      'inconclusive: 1000 of 21000 mirrored requests got no answer; the bound is 0.1 %',
    ],
    [
      'of which too little was compared waits',
      evidenceOf(20_000, 0, { outcomes: { shed: 5_000 } }),
      'shadow',
      'inconclusive: only 80 % of requests were compared; 90 % are needed',
    ],
    [
      'is not held back by what could never have been compared',
      evidenceOf(20_000, 0, { outcomes: { unmirrorable: 50_000 } }),
      'shadow',
      'pass: 0 of 20000 comparisons differ, noise included; below 0.1 % with error 1 %; 0 of 20000 mirrored requests got no answer; below 0.1 % with error 1 %; 100 % of requests were compared',
    ],
  ])('%s', (_name, evidence, stage, expected) => {
    expect(verdictOf(evidence, stage)).toBe(expected)
  })

  test('is judged by blocking classes alone', () => {
    const evidence = { ...evidenceOf(6_000, 0), classes: { identical: 1_000, format: 2_000, 'error-text': 3_000 } }
    expect(judge(evidence).verdict).toBe('pass')
    expect(judge({ ...evidence, classes: { ...evidence.classes, identical: 970, nullness: 30 } }).verdict).not.toBe('pass')
  })

  test('is judged by the gates it is given', () => {
    expect(judge(evidenceOf(1_000, 0), { ...GATE_DEFAULTS, mismatches: 0.01, failures: 0.01 }).verdict).toBe('pass')
  })
})
