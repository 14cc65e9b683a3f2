import { headerValue, isConditional } from '../exchange/headers.ts'
import type { Inbound } from '../exchange/inbound.ts'
import type { Identified, Operation, UnmirrorableReason } from '../operation/operation.ts'

/** Why an operation that is known by its path is not mirrored; the first reason that holds is told. */
const REASONS: readonly (readonly [UnmirrorableReason, (operation: Operation, inbound: Inbound) => boolean])[] = [
  ['socket', ({ type }) => type === 'socket'],
  ['head', (_, { method }) => method === 'HEAD'],
  ['conditional', (_, { headers }) => isConditional(headers)],
  ['subscription', (_, { headers }) => headerValue(headers, 'accept')?.includes('text/event-stream') === true],
  ['streamed', (_, { streams }) => streams === true],
  // The last: a policy may lift it, and none of those before.
  ['mutation', ({ type }) => type === 'write'],
]

/** Ties a request to the operation that its path has: at once, without a look into its body. */
export function identifyByPath(operation: Operation, inbound: Inbound): Identified {
  const unmirrorable = REASONS.find(([, holds]) => holds(operation, inbound))?.[0]
  return { kind: 'operation', operation, roots: [], ...(unmirrorable === undefined ? {} : { unmirrorable }) }
}
