import type { IncomingMessage, ServerResponse } from 'node:http'

/** One of the two GraphQL servers, as something that answers requests. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>
