import { requestErrors } from '../exchange/effect.ts'
import type { DecodedAnswer } from './compare.ts'

/**
 * What two answers say of the validation of their request, where one side did it and the other read it only: request errors or none. Their texts are compared
 * with nothing, status and headers neither, because servers differ in all of them. An answer that is no GraphQL stays as it is, and with it the other.
 */
export function validationsOf(legacy: DecodedAnswer, candidate: DecodedAnswer): readonly [DecodedAnswer, DecodedAnswer] {
  const errors = [requestErrors(legacy), requestErrors(candidate)] as const
  const [first, second] = errors
  if (first === undefined || second === undefined) return [legacy, candidate]
  const isOneSided = (first.length === 0) !== (second.length === 0)
  return [viewOf(isOneSided ? first : []), viewOf(isOneSided ? second : [])]
}

function viewOf(errors: readonly unknown[]): DecodedAnswer {
  // No data on either side: that one side ran the request is no difference.
  return { status: 200, headers: [], body: Buffer.from(JSON.stringify({ data: null, ...(errors.length === 0 ? {} : { errors }) })) }
}
