import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { validator } from 'hono/validator'
import type { z } from 'zod'
import type { Example } from '../core/comparison/group.ts'
import { BanyanError } from '../errors.ts'
import { serveAssets } from './assets.ts'
import type { ControlPlane, FlagImport } from './control-plane.ts'
import { createEvents } from './events.ts'
import type { GroupView } from './group-views.ts'
import { bearer, genuineRequest, loopbackOnly, sameOrigin, type Asking, type Tokens } from './guards.ts'
import { openApi } from './openapi.ts'
import { refuse, refuseError } from './refuse.ts'
import { ROUTES } from './routes.ts'
import { wrongInput } from './wrong-input.ts'

export interface AdminOptions {
  /** Without one, only this machine is served. */
  readonly tokens?: Tokens
  /** Folder of the built dashboard. */
  readonly assets: string
  /** Hears of what broke while a request was answered; callers are told only that something did. */
  readonly onFault?: (error: Error) => void
  /** Whether an error says that the store does not answer now, which callers are told. */
  readonly isAway?: (error: Error) => boolean
}

const MAX_BODY_BYTES = 65_536

/** Tells the API from whatever else may answer 200 at an address. */
const API_HEADER = 'banyan-api'
const API_VERSION = '1'

/** Scripts and styles of our own files and nothing else: a hostile operation name stays text even where a bug would make it markup. */
const SECURE_HEADERS = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
  xFrameOptions: 'DENY',
  // The port speaks plain HTTP; a proxy with TLS in front of it says this itself.
  strictTransportSecurity: false,
})

/** @throws BanyanError BAD_USAGE with every member that is wrong */
function decode<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new BanyanError('BAD_USAGE', wrongInput(schema, value), 'mend what the message names; /api/openapi.json describes every member')
}

const query = <S extends z.ZodType>(schema: S) => validator('query', (value) => decode(schema, value))

/** Members that are `undefined` are absent: that is how the domain's types say it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // The cast holds: every member that is left has a value.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** Who asks for one region sees the examples of that region alone (PI-7). */
function listed(groups: readonly GroupView[], examples: 'true' | 'false' | undefined, region?: string): readonly GroupView[] {
  const isShown = (example: Example): boolean => examples !== 'false' && (region === undefined || example.region === region)
  return groups.map((group) => ({ ...group, examples: group.examples.filter(isShown) }))
}

/** What is below `/api` and answers JSON. The table of routes says the rest. */
function createApi(plane: ControlPlane) {
  const {
    overview,
    operation,
    groups,
    group,
    triage,
    reveals,
    beginReveal,
    endReveal,
    flags,
    exportFlags,
    importFlag,
    setSegment,
    flagProblems,
    setStage,
    consistency,
    rollouts,
    rollout,
    replay,
    emergency,
    rules,
    tryRules,
    audit,
    status,
  } = ROUTES
  return new Hono<Asking>()
    .get(overview.path, query(overview.query), async (c) => {
      const { gates, ...wanted } = c.req.valid('query')
      return c.json(await plane.overview({ ...defined(wanted), gates: gates === 'true' }))
    })
    .get(operation.path, query(operation.query), async (c) => {
      const { minutes, examples } = c.req.valid('query')
      const view = await plane.operation(c.req.param('key'), minutes)
      return c.json({ ...view, groups: listed(view.groups, examples) })
    })
    .get(groups.path, query(groups.query), async (c) => {
      const { examples, ...wanted } = c.req.valid('query')
      return c.json(listed(await plane.groups(defined(wanted)), examples, wanted.region))
    })
    .get(group.path, async (c) => {
      const found = await plane.group(c.req.param('id'))
      if (found === undefined) throw new BanyanError('UNKNOWN_GROUP', `no group ${c.req.param('id')}`)
      return c.json(found)
    })
    .post(
      triage.path,
      validator('json', (value) => decode(triage.body, value)),
      async (c) => c.json(await plane.triage(c.req.param('id'), defined(c.req.valid('json')))),
    )
    .get(reveals.path, async (c) => c.json(await plane.reveals()))
    .post(
      beginReveal.path,
      validator('json', (value) => decode(beginReveal.body, value)),
      async (c) => c.json(await plane.beginReveal(defined(c.req.valid('json')))),
    )
    .post(
      endReveal.path,
      validator('json', (value) => decode(endReveal.body, value)),
      async (c) => c.json(await plane.endReveal(c.req.param('id'), c.req.valid('json'))),
    )
    .get(flags.path, async (c) => c.json(await plane.flags()))
    .get(exportFlags.path, async (c) => c.json(await plane.exportFlags()))
    .get(flagProblems.path, async (c) => c.json(await plane.flagProblems()))
    .post(
      importFlag.path,
      validator('json', (value) => decode(importFlag.body, value)),
      // The cast holds: what the schema leaves open is read as unknown.
      async (c) => c.json(await plane.importFlag(c.req.valid('json') as FlagImport)),
    )
    .post(
      setSegment.path,
      validator('json', (value) => decode(setSegment.body, value)),
      async (c) => c.json(await plane.setSegment(c.req.valid('json'))),
    )
    .post(
      setStage.path,
      validator('json', (value) => decode(setStage.body, value)),
      async (c) => c.json(await plane.setStage(defined(c.req.valid('json')))),
    )
    .get(consistency.path, async (c) => c.json(await plane.consistency()))
    .get(rollouts.path, query(rollouts.query), async (c) => c.json(await plane.rollouts(defined(c.req.valid('query')))))
    .post(
      rollout.path,
      validator('json', (value) => decode(rollout.body, value)),
      async (c) => c.json(await plane.rollout({ plan: c.req.param('plan'), ...defined(c.req.valid('json')) })),
    )
    .get(replay.path, query(replay.query), async (c) => c.json(await plane.replay(c.req.param('plan'), c.req.valid('query').minutes)))
    .post(
      emergency.path,
      validator('json', (value) => decode(emergency.body, value)),
      async (c) => c.json(await plane.emergency(c.req.valid('json'))),
    )
    .get(rules.path, query(rules.query), async (c) => c.json(await plane.rules(c.req.valid('query').minutes)))
    .post(
      tryRules.path,
      validator('json', (value) => decode(tryRules.body, value)),
      async (c) => c.json(await plane.tryRules(defined(c.req.valid('json')))),
    )
    .get(audit.path, query(audit.query), async (c) => c.json(await plane.audit(defined(c.req.valid('query')))))
    .get(status.path, async (c) => c.json({ ...(await plane.status()), role: c.get('role') ?? 'operator' }))
}

/** Type of the API below `/api`, for `hono/client`. */
export type AdminApi = ReturnType<typeof createApi>

/** The whole admin port: API, events, health, metrics and the dashboard. */
export function createAdminApp(plane: ControlPlane, { tokens, assets, onFault = () => {}, isAway = () => false }: AdminOptions): Hono {
  const app = new Hono()
  app.use(SECURE_HEADERS)
  app.onError((error, c) => refuseError(error, c, onFault, isAway))
  // Asked by a kubelet, which has neither a token nor a host name of ours.
  app.get('/healthz', (c) => c.text('ok\n'))
  app.get('/readyz', (c) => readiness(plane).then(({ ready, reason }) => c.text(reason, ready ? 200 : 503)))
  if (tokens === undefined) app.use(loopbackOnly)
  app.get('/metrics', async (c) => c.text(await plane.metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }))
  app.use('/api/*', async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
    c.header(API_HEADER, API_VERSION)
  })
  if (tokens !== undefined) app.use('/api/*', bearer(tokens))
  app.use(
    '/api/*',
    sameOrigin,
    genuineRequest,
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => refuse(c, 413, 'BAD_USAGE', 'the body is larger than 64 KiB', 'see /api/openapi.json'),
    }),
  )
  app.get(`/api${ROUTES.events.path}`, createEvents(plane))
  app.get(`/api${ROUTES.openapi.path}`, async (c) => c.json(openApi((await plane.status()).version)))
  app.route('/api', createApi(plane))
  app.all('/api/*', (c) => refuse(c, 404, 'UNKNOWN_ROUTE', `there is no ${c.req.method} ${c.req.path}`, 'see /api/openapi.json'))
  app.get('*', serveAssets(assets))
  return app
}

async function readiness(plane: ControlPlane): Promise<{ readonly ready: boolean; readonly reason: string }> {
  const { ready, notReady = 'no edge is there yet' } = await plane
    .status()
    .catch(() => ({ ready: false, notReady: 'the status cannot be told' }))
  return ready ? { ready, reason: 'ready\n' } : { ready, reason: `not ready: ${notReady}\n` }
}
