import { timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/

/** With a token every request has to bear it; the comparison takes the same time for every wrong one. */
export function bearer(token: string): MiddlewareHandler {
  const wanted = Buffer.from(`Bearer ${token}`)
  return async (c, next) => {
    const given = Buffer.from(c.req.header('authorization') ?? '')
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return refuse(c, 401, 'UNAUTHORIZED', 'the admin API wants its token', 'send Authorization: Bearer <token>')
    return next()
  }
}

/** Without a token the port is for this machine only: a page of another site that points its name at 127.0.0.1 is sent away. */
export const loopbackOnly: MiddlewareHandler = async (c, next) =>
  LOOPBACK.test(c.req.header('host') ?? '') ? next() : refuse(c, 403, 'FORBIDDEN', 'this host name is not served', 'open the admin port as localhost or 127.0.0.1')

/** Browsers say where a request comes from; one from another site must not change anything (OWASP, cross-site request forgery). */
export const sameOrigin: MiddlewareHandler = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
  const origin = c.req.header('origin')
  const foreign = (origin !== undefined && new URL(origin).host !== c.req.header('host')) || c.req.header('sec-fetch-site') === 'cross-site'
  if (foreign) return refuse(c, 403, 'FORBIDDEN', 'requests from other sites change nothing here', 'use the dashboard or the CLI')
  const isJson = /^application\/json\b/.test(c.req.header('content-type') ?? '')
  return isJson ? next() : refuse(c, 415, 'BAD_USAGE', 'the body must be JSON', 'send content-type: application/json')
}

/** An error as the API says it. */
export function refuse(c: Context, status: 400 | 401 | 403 | 404 | 409 | 415 | 500, code: string, message: string, hint: string): Response {
  return c.json({ error: { code, message, hint } }, status)
}
