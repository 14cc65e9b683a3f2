import { z } from 'zod'
import { ACTIONS } from '../core/rules/action.ts'
import { CLASSES } from '../core/comparison/comparison.ts'
import { ANSWER_OUTCOMES } from '../core/rules/rule.ts'
import { parseDuration } from './duration.ts'

const yes = z.literal(true)
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])
const limit = z.number().min(0)

const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  context.addIssue(`\`${text}\` is no span of time: write for example 2s or 500ms`)
  return z.NEVER
})

/** What a rule does: one member for each action of the table. */
const actions = {
  jsonString: yes.describe('a text that holds a JSON object or list is that value'),
  numericString: yes.describe('a text that holds a number is that number; `007` holds none'),
  trim: yes.describe('texts without the white space around them'),
  nfc: yes.describe("texts in Unicode's normal form C"),
  case: yes.describe('texts in lower case'),
  regex: z
    .strictObject({ match: z.string().min(1).max(500), replace: z.string().max(500) })
    .describe('every match is replaced; linear time, so no look-around and no back reference'),
  round: z.strictObject({ digits: z.int().min(-20).max(20) }).describe('numbers rounded to digits behind the point'),
  timestamp: z
    .strictObject({
      precision: z.enum(['s', 'ms', 'us', 'ns']).optional(),
      window: duration.optional(),
      assume: z.literal('utc').optional(),
    })
    .describe('texts that are the same instant; a time without a zone is none, unless `assume: utc`'),
  globalId: z
    .union([yes, z.strictObject({ types: z.record(z.string(), z.string()) })])
    .describe("`Type:id` behind base64 is the id; `types` says how legacy's types are called by the candidate"),
  map: z.record(z.string(), scalar).describe("legacy's value stands for the candidate's, and not the other way"),
  idMap: yes.describe("each of legacy's ids stands for one of the candidate's, the first seen beside it in the session"),
  emptyAsNull: yes.describe('an empty text, list or object is null'),
  nullAsMissing: yes.describe('null is the same as no member'),
  sort: z.strictObject({ by: oneOrMore }).describe('lists put in order by a response key, then compared by place'),
  tolerance: z
    .strictObject({ abs: limit.optional(), rel: limit.max(1).optional() })
    .refine(({ abs, rel }) => abs !== undefined || rel !== undefined, 'give abs, rel or both')
    .describe('numbers no further apart than `abs`, or than `rel` of the greater one'),
  unordered: z.union([yes, z.strictObject({ key: oneOrMore })]).describe('the order of a list does not matter; `key` pairs its elements'),
  presence: yes.describe('both null, or both not null and of one type'),
  shape: yes.describe('the same JSON types, down to the leaves'),
  length: yes.describe('lists of as many elements, texts of as many characters'),
  compare: z.literal('exact').describe('stops every less specific rule'),
  ignore: z
    .union([yes, z.strictObject({ classes: z.array(z.enum(CLASSES)).min(1) })])
    .describe('`true` hides value, format, precision and list-order; anything worse has to be named'),
  accept: z
    .strictObject({ from: scalar, to: scalar })
    .describe("this value of legacy's with this one of the candidate's, and not the other way"),
  severity: z.enum(['pass', 'warn', 'block']).describe('what a difference here means for gates'),
} satisfies Readonly<Record<keyof typeof ACTIONS, z.ZodType>>

const action = z
  .strictObject(actions)
  .partial()
  .refine((action) => Object.keys(action).length > 0, {
    error: `name an action: ${Object.keys(ACTIONS).join(', ')}`,
    // A name that is mistyped is told of by itself.
    when: ({ issues }) => issues.length === 0,
  })

const selectors = z.union([
  z
    .string()
    .min(1)
    .transform((selector) => [selector]),
  z.array(z.string().min(1)).min(1),
])

const mild = z.enum(['ignore', 'inform', 'block'])

/** One rule, as it is written in a file. */
export const RuleEntry = z.strictObject({
  id: z.string().min(1).max(100).describe('unique; shown on every difference that the rule accepts'),
  why: z.string().min(1),
  owner: z.string().optional(),
  expires: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/, 'must be a date, YYYY-MM-DD')
    .optional()
    .describe('last day on which the rule applies; required for what hides'),
  at: selectors.describe('selectors, any of which may match'),
  side: z.enum(['legacy', 'candidate']).optional().describe('transforms hold for this side alone'),
  when: z
    .strictObject({
      operation: z.string().optional(),
      region: z.array(z.string()).optional(),
      outcome: z.enum(ANSWER_OUTCOMES).optional().describe('what both answers are'),
    })
    .optional(),
  do: action.describe('one action or several'),
})

/** The shape of `compare/*.yaml`. */
export const RulesFile = z.strictObject({
  version: z.literal(1),
  defaults: z
    .strictObject({
      numbers: z.enum(['exact', 'ieee754']).optional(),
      strings: z.enum(['exact', 'nfc']).optional(),
      lists: z.enum(['ordered', 'unordered']).optional(),
      errors: z.strictObject({ text: mild.optional(), locations: mild.optional(), order: mild.optional() }).optional(),
    })
    .optional()
    .describe('what holds where no rule says otherwise'),
  rules: z.array(RuleEntry).prefault([]),
})
export type RulesFile = z.output<typeof RulesFile>
