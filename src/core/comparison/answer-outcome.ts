import type { AnswerOutcome } from '../rules/rule.ts'
import { faultsOf } from './errors.ts'
import { member, type Json } from './json.ts'

/** What both answers are; nothing where they are not the same. An error with a path is one of a field, whatever it left of `data`. */
export function commonOutcome(legacy: Json | undefined, candidate: Json | undefined): AnswerOutcome | undefined {
  if (legacy === undefined || candidate === undefined) return undefined
  const outcome = outcomeOf(legacy)
  return outcome === outcomeOf(candidate) ? outcome : undefined
}

function outcomeOf(answer: Json): AnswerOutcome {
  const faults = faultsOf(answer)
  if (faults.length === 0) return 'ok'
  const hasData = (member(answer, 'data')?.type ?? 'null') !== 'null'
  return hasData || faults.some(({ path }) => path.length > 0) ? 'field-error' : 'request-error'
}
