import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { streamSSE } from 'hono/streaming'
import { validator } from 'hono/validator'
import { z } from 'zod'
import { BanyanError, type ErrorCode } from '../errors.ts'
import { serveAssets } from './assets.ts'
import type { ControlPlane } from './control-plane.ts'
import { bearer, loopbackOnly, refuse, sameOrigin } from './guards.ts'
import { openApi } from './openapi.ts'
import { StageBody } from './stage-body.ts'

export interface AdminOptions {
  /** Without one, only this machine is served. */
  readonly token?: string
  /** Folder of the built dashboard. */
  readonly assets: string
}

/** Browsers and CLIs that listen for changes at once. */
const MAX_LISTENERS = 100
/** Between two events: the page reloads its figures at each, and a person reads no faster. */
const EVENT_INTERVAL_MS = 1_000
const MAX_BODY_BYTES = 65_536

/** HTTP status of what the caller did wrong; everything else is 400. */
const STATUS: Readonly<Partial<Record<ErrorCode, 404 | 409>>> = { UNKNOWN_OPERATION: 404, UNKNOWN_FLAG: 404, FLAG_CONFLICT: 409 }

const minutes = z.coerce.number().min(1).max(43_200).prefault(60)
const region = z.string().optional()
const limit = z.coerce.number().int().min(1).max(1_000).prefault(50)

/** @throws BanyanError BAD_USAGE with every member that is wrong */
function decode<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the request'}: ${message}`)
  throw new BanyanError('BAD_USAGE', wrong.join('; '), 'see /api/openapi.json')
}

const query = <S extends z.ZodType>(schema: S) => validator('query', (value) => decode(schema, value))

/** Members that are `undefined` are absent: that is how the domain's types say it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // The cast holds: every member that is left has a value.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
}

function createApi(plane: ControlPlane) {
  return new Hono()
    .get('/overview', query(z.object({ minutes, region })), async (c) => c.json(await plane.overview(defined(c.req.valid('query')))))
    .get('/operations/:key', query(z.object({ minutes })), async (c) => c.json(await plane.operation(c.req.param('key'), c.req.valid('query').minutes)))
    .get('/groups', query(z.object({ operation: z.string().optional(), region, limit })), async (c) => c.json(await plane.groups(defined(c.req.valid('query')))))
    .get('/groups/:id', async (c) => {
      const group = await plane.group(c.req.param('id'))
      return group === undefined ? refuse(c, 404, 'NOT_FOUND', 'no such group', 'it may have been pruned') : c.json(group)
    })
    .get('/flags', async (c) => c.json(await plane.flags()))
    .post('/flags/stage', validator('json', (value) => decode(StageBody, value)), async (c) => c.json(await plane.setStage(defined(c.req.valid('json')))))
    .get('/audit', query(z.object({ limit })), async (c) => c.json(await plane.audit(c.req.valid('query').limit)))
    .get('/status', async (c) => c.json(await plane.status()))
}

/** Type of the API, for `hono/client`. */
export type AdminApi = ReturnType<typeof createApi>

/** The whole admin port: API, events, health, metrics and the dashboard. */
export function createAdminApp(plane: ControlPlane, { token, assets }: AdminOptions): Hono {
  const app = new Hono()
  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'self'"], imgSrc: ["'self'", 'data:'], objectSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] }, strictTransportSecurity: false }))
  app.get('/healthz', (c) => c.text('ok\n'))
  app.get('/readyz', async (c) => ((await plane.status()).ready ? c.text('ready\n') : c.text('not ready: the store or the edges are not there\n', 503)))
  app.get('/metrics', async (c) => c.text(await plane.metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }))
  app.use('/api/*', token === undefined ? loopbackOnly : bearer(token), sameOrigin, bodyLimit({ maxSize: MAX_BODY_BYTES }))
  app.use('/api/*', async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  app.get('/api/events', createEvents(plane))
  app.get('/api/openapi.json', (c) => c.json(openApi()))
  app.route('/api', createApi(plane))
  app.all('/api/*', (c) => refuse(c, 404, 'NOT_FOUND', `no ${c.req.path}`, 'see /api/openapi.json'))
  app.get('*', serveAssets(assets))
  app.onError((error, c) => {
    if (error instanceof BanyanError) return refuse(c, STATUS[error.code] ?? 400, error.code, error.message, error.hint)
    return refuse(c, 500, 'INTERNAL', error.message, 'see the log of the control process')
  })
  return app
}

/** Tells listeners that there is something new; they ask for what they show. */
function createEvents(plane: ControlPlane) {
  let listeners = 0
  return (c: Parameters<typeof streamSSE>[0]): Response => {
    if (listeners >= MAX_LISTENERS) return refuse(c, 409, 'TOO_MANY', 'too many listeners', 'close a dashboard')
    listeners += 1
    return streamSSE(c, async (stream) => {
      let changed = true
      const stop = plane.onChange(() => (changed = true))
      stream.onAbort(() => {
        listeners -= 1
        stop()
      })
      while (!stream.aborted) {
        await stream.writeSSE({ event: changed ? 'change' : 'still', data: '' })
        changed = false
        await stream.sleep(EVENT_INTERVAL_MS)
      }
    })
  }
}
