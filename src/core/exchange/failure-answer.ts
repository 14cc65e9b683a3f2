import type { Failure, RawHeaders } from './exchange.ts'
import type { Origin } from '../routing/stage.ts'

/** What Banyan itself answers when the primary gave nothing. */
export interface FailureAnswer {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: string
}

interface Saying {
  readonly status: number
  readonly message: (origin: Origin, failure: Failure) => string
  readonly headers: RawHeaders
}

const NO_ANSWER: Saying = { status: 502, message: (origin, failure) => `the ${origin} backend gave no answer (${failure})`, headers: [] }

/** RFC 9110: 504 for a backend that is too slow (15.6.5), 503 for one that has too much to do (15.6.4); 502 for one that is not there or makes no sense (15.6.3). */
const SAYINGS: Readonly<Partial<Record<Failure, Saying>>> = {
  timeout: { ...NO_ANSWER, status: 504 },
  queue: {
    status: 503,
    message: (origin) => `the ${origin} backend has too much to do; ask again in a moment`,
    headers: ['retry-after', '1'],
  },
}

export function failureStatus(failure: Failure): number {
  return (SAYINGS[failure] ?? NO_ANSWER).status
}

export function failureAnswer(origin: Origin, failure: Failure, graphql: boolean): FailureAnswer {
  const { status, message, headers } = SAYINGS[failure] ?? NO_ANSWER
  const said = message(origin, failure)
  const [contentType, body] = graphql
    ? ['application/json; charset=utf-8', JSON.stringify({ errors: [{ message: said }] })]
    : ['text/plain; charset=utf-8', `${said}\n`]
  return { status, headers: ['content-type', contentType, ...headers], body }
}
