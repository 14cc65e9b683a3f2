import type { Answer } from './exchange.ts'

/**
 * What the answer to a write says of it. `written`: it did what it was asked. `refused`: it did nothing. `unsure`: nobody can tell, or a part of it was done.
 */
export type Effect = 'written' | 'refused' | 'unsure'

/**
 * Reads it off the answer to a mutation, with its content codings undone.
 *
 * Written: a status of 2xx and a GraphQL answer whose `data` is an object in which no root field is null by an error. Errors below a root field do not count: the write
 * was done, and something that was asked about it failed. Refused: 4xx without data; or errors without a path (request errors, GraphQL section 7.1.2), or the error of every
 * root field. Everything else is unsure: 5xx, no JSON, some root fields that failed and some that did not.
 * @param roots how many root fields the document asks for
 */
export function effectOf({ status, body }: Pick<Answer, 'status' | 'body'>, roots: number): Effect {
  if (status >= 400 && status < 500) return hasData({ body }) ? 'unsure' : 'refused'
  const answer = status >= 200 && status < 300 ? read(body) : undefined
  if (answer === undefined) return 'unsure'
  const failed = failedRoots(answer.errors)
  if (isObject(answer.data)) {
    const { data } = answer
    const names = Object.keys(data)
    const lost = names.filter((name) => data[name] === null && failed.has(name))
    return lost.length === 0 ? 'written' : lost.length === names.length ? 'refused' : 'unsure'
  }
  if (answer.errors.length === 0) return 'unsure'
  // Without a path: nothing ran. With one: a root field that must not be null took all of `data` with it, and others may have been written before.
  return failed.size === 0 || roots <= 1 ? 'refused' : 'unsure'
}

/**
 * The same of the answer to a REST operation, by its status alone. Written: 2xx, and 303, which sends the client on to look at what was done (RFC 9110 section 15.4.4). Refused:
 * 4xx, and 307 and 308, which ask for the whole request at another place. Unsure: 5xx, and the other redirects, which some send when they are done and others when they want
 * the client to log in first.
 */
export function restEffectOf({ status }: Pick<Answer, 'status'>): Effect {
  if ((status >= 200 && status < 300) || status === 303) return 'written'
  return (status >= 400 && status < 500) || status === 307 || status === 308 ? 'refused' : 'unsure'
}

/** Whether an answer has a value for any root field: something ran. */
export function hasData({ body }: Pick<Answer, 'body'>): boolean {
  const data = read(body)?.data
  return isObject(data) && Object.keys(data).length > 0
}

/** The request errors of an answer: those without a path, where nothing was run (GraphQL section 7.1.2). Nothing for what is no GraphQL answer. */
export function requestErrors({ body }: Pick<Answer, 'body'>): readonly unknown[] | undefined {
  const answer = read(body)
  if (answer === undefined) return undefined
  return isObject(answer.data) || failedRoots(answer.errors).size > 0 ? [] : answer.errors
}

interface GraphQLAnswer {
  readonly data: unknown
  readonly errors: readonly unknown[]
}

function read(body: Uint8Array): GraphQLAnswer | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
    if (!isObject(json) || !('data' in json || 'errors' in json)) return undefined
    const errors = json['errors'] ?? []
    return Array.isArray(errors) ? { data: json['data'], errors } : undefined
  } catch {
    return undefined // not JSON, or nested deeper than the stack
  }
}

/** Response keys of the root fields that errors are about. */
function failedRoots(errors: readonly unknown[]): ReadonlySet<string> {
  return new Set(
    errors.flatMap((error) => {
      const path = isObject(error) ? error['path'] : undefined
      const root: unknown = Array.isArray(path) ? path[0] : undefined
      return typeof root === 'string' ? [root] : []
    }),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
