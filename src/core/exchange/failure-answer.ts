import type { Failure } from './exchange.ts'
import type { Origin } from '../routing/stage.ts'

/** What Banyan itself answers when the primary gave nothing. */
export interface FailureAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** RFC 9110: 504 for a backend that is too slow (15.6.5), 502 for one that is not there or makes no sense (15.6.3). */
export function failureAnswer(origin: Origin, failure: Failure, graphql: boolean): FailureAnswer {
  const status = failure === 'timeout' ? 504 : 502
  const message = `the ${origin} backend gave no answer (${failure})`
  return graphql
    ? { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify({ errors: [{ message }] }) }
    : { status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` }
}
