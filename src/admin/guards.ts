import { hash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { AdminRole } from './control-plane.ts'
import { refuse } from './refuse.ts'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/i

/** Who may do what: an operator everything, a viewer what changes nothing. */
export interface Tokens {
  readonly operator: string
  readonly viewer?: string
}

/** Wrong guesses a minute that are answered; beyond them a guess learns nothing. Whoever has the right token is not held up. */
const MAX_GUESSES = 100
const MINUTE_MS = 60_000

/** What handlers know of who asks. Without tokens everybody on this machine is an operator. */
export interface Asking {
  readonly Variables: { readonly role?: AdminRole }
}

/** With tokens every request has to bear one. Hashes are compared, so that the time tells neither their length nor how much of a guess was right. */
export function bearer({ operator, viewer }: Tokens, now: () => number = Date.now): MiddlewareHandler<Asking> {
  const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
  const [toOperate, toView] = [digest(`Bearer ${operator}`), viewer === undefined ? undefined : digest(`Bearer ${viewer}`)]
  let [guesses, since] = [0, 0]
  const isTooMany = (): boolean => {
    if (now() - since > MINUTE_MS) [guesses, since] = [0, now()]
    guesses += 1
    return guesses > MAX_GUESSES
  }
  return async (c, next) => {
    const given = digest(c.req.header('authorization') ?? '')
    if (timingSafeEqual(given, toOperate)) return next()
    if (toView !== undefined && timingSafeEqual(given, toView)) {
      c.set('role', 'viewer')
      return READING.has(c.req.method)
        ? next()
        : refuse(c, 403, 'FORBIDDEN', "a viewer's token changes nothing", "use the operator's token, that of admin.tokenEnv")
    }
    if (isTooMany()) return refuse(c, 429, 'TOO_MANY_GUESSES', 'too many wrong tokens in a minute', 'wait a minute')
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

/** What comes in is no `Request` but looks like one; whoever makes a new one of it, as the limit of a body without a length does, needs a real one. */
export const genuineRequest: MiddlewareHandler = (c, next) => {
  const { method, url, headers } = c.req.raw
  if (READING.has(method)) return next()
  const streaming = { method, headers, body: c.req.raw.body, duplex: 'half' }
  c.req.raw = new Request(url, streaming)
  return next()
}

function isForeign(origin: string | undefined, site: string | undefined, host: string | undefined): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  // `Origin: null`, of sandboxed pages, is nobody's.
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
