import { hash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { refuse } from './refuse.ts'

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/i

/** With a token every request has to bear it. Hashes are compared, so that the time tells neither its length nor how much of a guess was right. */
export function bearer(token: string): MiddlewareHandler {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
  const wanted = digest(`Bearer ${token}`)
  return async (c, next) => {
    if (timingSafeEqual(digest(c.req.header('authorization') ?? ''), wanted)) return next()
    c.header('www-authenticate', 'Bearer realm="banyan"')
    return refuse(c, 401, 'UNAUTHORIZED', 'the admin API wants its token', 'send Authorization: Bearer <token>')
  }
}

/** Without a token the port is for this machine only: a page of another site that points its name at 127.0.0.1 (DNS rebinding) is sent away. */
export const loopbackOnly: MiddlewareHandler = async (c, next) =>
  LOOPBACK.test(c.req.header('host') ?? '')
    ? next()
    : refuse(
        c,
        403,
        'FORBIDDEN',
        'this host name is not served without a token',
        'open the admin port as localhost or 127.0.0.1, or set admin.tokenEnv',
      )

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Browsers say where a request comes from; one from another site changes nothing (OWASP, cross-site request forgery). A body that is not JSON
 * is refused too: forms of other sites can send only such. Programs that are no browsers send neither header and pass.
 */
export const sameOrigin: MiddlewareHandler = async (c, next) => {
  if (READING.has(c.req.method)) return next()
  if (isForeign(c.req.header('origin'), c.req.header('sec-fetch-site'), c.req.header('host'))) {
    return refuse(c, 403, 'FORBIDDEN', 'requests from other sites change nothing here', 'use the dashboard or the CLI')
  }
  const isJson = /^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')
  return isJson ? next() : refuse(c, 415, 'BAD_USAGE', 'the body must be JSON', 'send content-type: application/json')
}

function isForeign(origin: string | undefined, site: string | undefined, host: string | undefined): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  // `Origin: null`, of sandboxed pages, is nobody's.
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
