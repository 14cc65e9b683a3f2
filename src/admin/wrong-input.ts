import type { z } from 'zod'

/** A value in a message is there to be recognised, not to be read whole. */
const MAX_SHOWN = 60

/** What is wrong with a request: each member with what it was given and what it takes. */
export function wrongInput(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value, { reportInput: true })
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.') || 'the request'}: ${words(issue)}`).join('; ')
}

function words(issue: z.core.$ZodIssue): string {
  const given = shown(issue.input)
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'is missing'
  if (issue.code === 'invalid_type') return `${given} is not of the type ${issue.expected}`
  if (issue.code === 'invalid_value') return `${given} is none of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'unrecognized_keys') return `has no member ${issue.keys.join(', ')}`
  if (issue.code === 'too_small') return issue.origin in COUNTED ? 'is empty' : `${given} is less than ${issue.minimum}`
  if (issue.code === 'too_big')
    return issue.origin in COUNTED ? `has more than ${issue.maximum} ${COUNTED[issue.origin]}` : `${given} is more than ${issue.maximum}`
  return `${given}: ${issue.message}`
}

const COUNTED: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' }

/** Not a number is what became of a text that was to be one. */
function shown(input: unknown): string {
  if (typeof input === 'number') return Number.isNaN(input) ? 'what was given' : String(input)
  const text = JSON.stringify(input) ?? String(input)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
