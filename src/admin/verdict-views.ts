import { z } from 'zod'
import { COUNTED, GATE_NAMES, VERDICTS, type Forecast, type GateFigures } from '../core/evidence/verdict.ts'

const count = z.number().min(0)
const seconds = z.number().min(0)

const forecast = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('more'),
    requests: count.exactOptional().describe('further ones of what is counted, likely'),
    fewest: count.exactOptional(),
    most: count.exactOptional().describe('absent: never, if things go rather worse'),
    seconds: seconds.exactOptional().describe('at the rate at which they came'),
  }),
  z.object({
    kind: z.literal('never'),
    reason: z.string(),
    atBest: count.exactOptional().describe('further ones of what is counted, if all goes well from now on'),
  }),
]) satisfies z.ZodType<Forecast>

/** The numbers of one gate. */
export const gateFigures = z.object({
  gate: z.enum(GATE_NAMES),
  verdict: z.enum(VERDICTS),
  reason: z.string().describe('the numbers in words'),
  estimate: z.number().exactOptional().describe('a share, or a difference of shares; times legacy’s for latency; seconds for the soak'),
  lower: z.number().exactOptional().describe('where it lies, however often anybody looks; absent: not known'),
  upper: z.number().exactOptional(),
  bound: z.number(),
  of: z.enum(COUNTED).describe('what is counted'),
  counts: z.object({
    n: count,
    failures: count.exactOptional().describe('those that speak against the candidate'),
    offsetting: count.exactOptional().describe('those that speak for it'),
  }),
  alpha: z.number().exactOptional().describe('chance that it is wrong over all looks: with a fail where it failed, else with a pass'),
  logE: z.number().exactOptional().describe('log of the evidence for a pass'),
  logFail: z.number().exactOptional().describe('log of the evidence for a fail, where that decided'),
  quantiles: z
    .object({ legacy: seconds.exactOptional(), candidate: seconds.exactOptional() })
    .exactOptional()
    .describe('in seconds; absent where the answer never came'),
  forecast: forecast.exactOptional().describe('absent where it passed or failed'),
  operation: z.string().exactOptional(),
  rules: z.string().exactOptional().describe('version of the rules that the counts were judged by'),
  build: z.string().exactOptional().describe('build of the candidate that answered'),
}) satisfies z.ZodType<GateFigures>
