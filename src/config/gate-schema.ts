import { z } from 'zod'
import { GATE_DEFAULTS, type Gates } from '../core/evidence/gates.ts'
import { RATIOS, SLOW_RATIOS } from '../core/evidence/pairs.ts'
import { parseDuration } from './duration.ts'

const share = z.number().gt(0).lt(1)

export const length = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms === undefined) context.addIssue({ code: 'custom', message: 'must be a length of time, for example 30min, 2h or 1d 12h' })
  return ms ?? 0
})

export const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time, HH:MM')
export const zone = z.string().min(1).describe('time zone, for example Europe/Berlin')

const ratio = (quantile: string) =>
  z
    .literal([...RATIOS, 'none'])
    .optional()
    .describe(`how many times legacy’s ${quantile} of latency the candidate’s may be; \`none\` asks nothing of it`)

/** What evidence has to show; numbers that are not given have their defaults. */
export const GateNumbers = z.strictObject({
  mismatches: share.optional().describe('greatest share of comparisons that may differ'),
  failures: share.optional().describe('greatest share of requests that the candidate may leave without an answer, over what legacy does'),
  p50: ratio('median'),
  p95: ratio('p95'),
  p99: ratio('p99'),
  coverage: z.number().min(0).max(1).optional().describe('least share of the comparable requests that has to have been compared'),
  minKeys: z
    .int()
    .min(0)
    .max(500)
    .optional()
    .describe('how many different requests (operation, variables, client) have to have been compared; 0 asks for none'),
  soak: length.optional().describe('how long there has to have been traffic; 0s asks for none'),
  peak: z.strictObject({ from: time, to: time, zone }).optional().describe('daily hours; a whole one of them serves instead of `soak`'),
  falsePass: share.optional().describe('chance of a false pass, however often it is looked at'),
  falseFail: share.optional().describe('chance of a false fail'),
})

/** What the guard lets pass; numbers that are not given follow the gates of the step, or have their defaults. */
export const GuardNumbers = z.strictObject({
  failureRatio: z.number().min(1).max(100).optional().describe('how many times legacy’s failures the candidate may have; default: 1.2'),
  failureMargin: z.number().min(0).lt(1).optional().describe('share of requests that it may fail on top; default: 0.0003'),
  unserved: share.optional().describe('greatest share of requests that it may leave to legacy or to nobody; default: 5 times `failures`'),
  timeouts: share.optional().describe('greatest share of requests that it may leave hanging; default: 3 times `failures`'),
  mismatches: share.optional().describe('greatest share of comparisons that may differ; default: twice `mismatches` of the gates'),
  slow: z
    .literal([...SLOW_RATIOS, 'none'])
    .optional()
    .describe('how many times legacy’s p95 counts as slow; `none` does not look at latency; default: 1.5'),
})

/** The same for everything, with what is not of one step. */
export const GuardConfig = GuardNumbers.extend({
  falseRollbacks: z
    .number()
    .gt(0)
    .max(10)
    .prefault(0.05)
    .describe('false rollbacks a day, over all operations and regions where the candidate serves'),
  overdue: length
    .prefault('2s')
    .describe('after how long a request that still waits for the candidate counts as left hanging, where legacy hardly ever takes so long'),
  absence: length
    .prefault('15min')
    .describe('how long an edge that does not report holds every step forward, until its newest counts are given up'),
})

/** Numbers that are not given keep their defaults. */
export function gatesOf({ soak, ...gates }: z.output<typeof GateNumbers>): Gates {
  return { ...GATE_DEFAULTS, ...given(gates), ...(soak === undefined ? {} : { soakMs: soak }) }
}

/** The members that have a value. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // The cast holds: every member that is left has a value.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
