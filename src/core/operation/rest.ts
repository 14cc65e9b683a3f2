import { hash } from 'node:crypto'
import type { Operation } from './operation.ts'

/** Methods of REST operations. HEAD goes with GET; OPTIONS asks about a path and is no operation of it. */
export const REST_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type RestMethod = (typeof REST_METHODS)[number]

/** What a REST operation does to a backend: only what reads may be asked twice. */
export type Effect = 'read' | 'write'

/** GET is safe (RFC 9110 section 9.2.1). PUT and DELETE may be sent again, but not to a second system. */
const EFFECTS: Readonly<Record<RestMethod, Effect>> = { GET: 'read', POST: 'write', PUT: 'write', PATCH: 'write', DELETE: 'write' }

/**
 * The operation of a method on a template. The signature is of both, so that a name which comes to mean another path starts at legacy again.
 * @param name what the operator calls it; else it is called by its method and template
 */
export function restOperation(
  method: RestMethod,
  template: string,
  { name, effect }: { readonly name?: string | undefined; readonly effect?: Effect | undefined } = {},
): Operation {
  const document = `${method} ${template}`
  return pathOperation(effect ?? EFFECTS[method], name ?? document, document)
}

/** The operation of WebSockets that are opened on a path. */
export function socketOperation(path: string): Operation {
  return pathOperation('socket', path, `WebSocket ${path}`)
}

/** The operation of streams that are reserved on a path (SSE in single connection mode), each as one for all that it carries. */
export function streamOperation(path: string): Operation {
  return pathOperation('socket', `SSE ${path}`, `SSE ${path}`)
}

function pathOperation(type: Effect | 'socket', name: string, document: string): Operation {
  const signature = hash('sha256', document).slice(0, 16)
  return { key: `${type}:${name}#${signature}`, type, name, signature, document }
}

/** What a REST operation is known by besides its name: the texts of its template, without values. */
export function pathWords({ document }: Pick<Operation, 'document'>): readonly string[] {
  return document.split('/').filter((part, index) => index > 0 && part !== '' && part !== '*' && !part.startsWith('{'))
}
