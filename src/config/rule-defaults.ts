import type { Action } from '../core/rules/action.ts'
import { DEFAULTS, type Rule } from '../core/rules/rule.ts'
import type { RulesFile } from './rule-schema.ts'

type Defaults = NonNullable<RulesFile['defaults']>

interface Default {
  readonly id: string
  readonly at: string
  readonly do: (defaults: Defaults) => Action | undefined
}

/** What a part of an error means. Of the order of errors only that can be said which hides or blocks it. */
const SEVERITIES = { ignore: 'pass', inform: 'warn', block: 'block' } as const

/** What a file may say of every place, as rules below all others. */
const TABLE: readonly Default[] = [
  {
    id: 'defaults.numbers',
    at: DEFAULTS,
    do: ({ numbers }) => (numbers === 'ieee754' ? { ignore: { classes: ['precision'] } } : undefined),
  },
  { id: 'defaults.strings', at: DEFAULTS, do: ({ strings }) => (strings === 'nfc' ? { nfc: true } : undefined) },
  { id: 'defaults.lists', at: DEFAULTS, do: ({ lists }) => (lists === 'unordered' ? { unordered: true } : undefined) },
  { id: 'defaults.errors.text', at: 'errors.text', do: ({ errors }) => severityOf(errors?.text) },
  { id: 'defaults.errors.locations', at: 'errors.locations', do: ({ errors }) => severityOf(errors?.locations) },
  { id: 'defaults.errors.order', at: 'errors.order', do: ({ errors }) => severityOf(errors?.order) },
]

function severityOf(word: keyof typeof SEVERITIES | undefined): Action | undefined {
  return word === undefined || word === 'inform' ? undefined : { severity: SEVERITIES[word] }
}

/** The rules that the defaults of a file stand for. They come first, so that a rule of equal rank beats them. */
export function defaultRules(file: string, defaults: Defaults | undefined): readonly Rule[] {
  if (defaults === undefined) return []
  return TABLE.flatMap(({ id, at, do: action }) => {
    const done = action(defaults)
    return done === undefined ? [] : [{ id: `${file}:${id}`, why: `\`${id}\` of ${file}`, at: [at], do: done }]
  })
}
