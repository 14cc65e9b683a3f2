import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import type { Clause, Flag, FlagRule, Variation } from '../../src/core/routing/flag.ts'
import { STAGES } from '../../src/core/routing/stage.ts'
import { httpServer, type Finished } from './sockets.ts'

/** A flag as LaunchDarkly keeps it, in one environment. */
export interface KeptFlag {
  key: string
  purpose?: 'migration'
  archived: boolean
  variations: { _id: string; value: unknown }[]
  config: {
    on: boolean
    version: number
    salt: string
    offVariation: number
    fallthrough: Variation
    rules: KeptRule[]
    targets: unknown[]
    contextTargets: unknown[]
    prerequisites: unknown[]
  }
}
export interface KeptRule extends Variation {
  _id: string
  clauses: (Clause & { _id: string })[]
}

/** What goes wrong with a request: instead of doing it, or (`lost`) after it was done. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'hang'
  | 'drop'
  | 'lost'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly status: number
}

const SEMANTIC = 'application/json; domain-model=launchdarkly.semanticpatch'

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
const bad = (message: string): Refused => new Refused(400, 'invalid_request', message)

/**
 * LaunchDarkly on this machine: the stream that its SDKs read and the part of its REST API that changes flags, over the same flags. Every request is checked as the
 * documentation describes it, and refused where it says more or less.
 */
export async function launchDarkly(finished: Finished = onTestFinished) {
  const keys = { sdk: 'sdk-key', token: 'api-token-of-the-test', project: 'default', environment: 'production' }
  const flags = new Map<string, KeptFlag>()
  const segments: Record<string, unknown> = {}
  /** Flags that only the stream knows, in the SDK's model. */
  const streamed: Record<string, Flag> = {}
  const streams = new Set<ServerResponse>()
  const asked: Asked[] = []
  const state = {
    /** What goes wrong with the next REST requests. */
    fault: (_request: { method: string; path: string }): Fault | undefined => undefined,
    /** The stream refuses, or accepts and says nothing. */
    stream: 'up' as 'up' | 'refuse' | 'unauthorized' | 'silent',
    /** A flag was patched; whoever did it hears so when this is over. */
    onPatched: async (): Promise<void> => {},
    sdkRequests: [] as string[],
  }

  const push = (flag: KeptFlag): void => {
    const data = JSON.stringify({ path: `/flags/${flag.key}`, data: sdkFlag(flag) })
    for (const stream of streams) stream.write(`event: patch\ndata: ${data}\n\n`)
  }
  const put = (stream: ServerResponse): void => {
    const all = Object.fromEntries([...flags.values()].filter(({ archived }) => !archived).map((flag) => [flag.key, sdkFlag(flag)]))
    stream.write(`event: put\ndata: ${JSON.stringify({ path: '/', data: { flags: { ...all, ...streamed }, segments } })}\n\n`)
  }
  const found = (key: string): KeptFlag => {
    const flag = flags.get(key)
    if (flag === undefined) throw new Refused(404, 'not_found', 'Unknown flag key')
    return flag
  }

  function rest(
    method: string,
    url: URL,
    contentType: string | undefined,
    body: unknown,
  ): { readonly status: number; readonly answer: unknown } {
    const flagPath = /^\/api\/v2\/flags\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname)
    if (method === 'GET' && url.pathname.startsWith('/api/v2/projects/')) {
      if (url.pathname === `/api/v2/projects/${keys.project}/environments/${keys.environment}`)
        return { status: 200, answer: { key: keys.environment } }
      throw new Refused(404, 'not_found', 'Unknown environment')
    }
    if (flagPath?.[1] !== keys.project) throw new Refused(404, 'not_found', 'Unknown project')
    const key = flagPath[2] === undefined ? undefined : decodeURIComponent(flagPath[2])
    if (method === 'POST' && key === undefined) {
      if (contentType !== 'application/json') throw bad('a flag is made of application/json')
      const flag = made(body)
      if (flags.has(flag.key)) throw new Refused(409, 'conflict', 'Flag key already exists')
      flags.set(flag.key, flag)
      push(flag)
      return { status: 201, answer: restFlag(flag, keys.environment) }
    }
    if (key === undefined) throw new Refused(404, 'not_found', 'no such path')
    if (method === 'GET') {
      if ([...url.searchParams.keys()].join() !== 'env' || url.searchParams.get('env') !== keys.environment)
        throw bad('env is missing or unknown')
      return { status: 200, answer: restFlag(found(key), keys.environment) }
    }
    if (method !== 'PATCH') throw new Refused(405, 'method_not_allowed', 'no such method')
    if (contentType !== SEMANTIC) throw bad('this is no semantic patch')
    if (url.search !== '') throw bad('conflicts are not to be ignored')
    const flag = found(key)
    const changed = applied(flag, body, keys.environment)
    flags.set(key, changed)
    push(changed)
    return { status: 200, answer: restFlag(changed, keys.environment) }
  }

  const server = await httpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    if (!url.pathname.startsWith('/api/')) {
      state.sdkRequests.push(`${request.method} ${url.pathname}`)
      sdk(request, response, url.pathname)
      return
    }
    void text(request).then(async (raw) => {
      const method = request.method ?? ''
      const body = parse(raw)
      const fault = state.fault({ method, path: url.pathname })
      const finish = (status: number, answer: string, headers: Record<string, string> = {}): void => {
        asked.push({ method, path: url.pathname, body, status })
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(answer)
      }
      if (fault === 'hang') return
      if (fault === 'drop') return request.socket.destroy()
      if (typeof fault === 'object')
        return finish(fault.status, fault.body ?? JSON.stringify({ code: 'fault', message: 'a fault of the test' }), fault.headers)
      try {
        if (request.headers.authorization !== keys.token) throw new Refused(401, 'unauthorized', 'Invalid account ID header')
        const { status, answer } = rest(method, url, request.headers['content-type'], body)
        if (method === 'PATCH') await state.onPatched()
        if (fault === 'lost') {
          asked.push({ method, path: url.pathname, body, status: 0 })
          return request.socket.destroy()
        }
        return finish(status, JSON.stringify(answer))
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        return finish(error.status, JSON.stringify({ code: error.code, message: error.message }))
      }
    })
  }, finished)

  function sdk(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (path !== '/all') {
      request.resume()
      response.writeHead(202).end()
      return
    }
    if (state.stream === 'silent') return
    if (state.stream !== 'up' || request.headers.authorization !== keys.sdk) {
      response.writeHead(state.stream === 'refuse' ? 503 : 401).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    put(response)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  return {
    ...keys,
    url: server.url,
    port: server.port,
    state,
    flags,
    segments,
    asked,
    patches: (): readonly Asked[] => asked.filter(({ method, status }) => method === 'PATCH' && (status === 200 || status === 0)),
    get streams(): number {
      return streams.size
    },
    /** What a person does in LaunchDarkly. */
    byHand(key: string, change: (flag: KeptFlag) => void): void {
      const flag = structuredClone(found(key))
      change(flag)
      flag.config.version += 1
      flags.set(key, flag)
      push(flag)
    },
    add(flag: KeptFlag): void {
      flags.set(flag.key, flag)
      push(flag)
    },
    /** A flag for the stream alone, as it is. */
    patch(flag: Flag): void {
      streamed[flag.key] = flag
      for (const stream of streams) stream.write(`event: patch\ndata: ${JSON.stringify({ path: `/flags/${flag.key}`, data: flag })}\n\n`)
    },
    streamed,
    /** Sends an event as it is. */
    send(event: string, data: string): void {
      for (const stream of streams) stream.write(`event: ${event}\ndata: ${data}\n\n`)
    },
    /** Every stream ends, as when the network goes. */
    drop(): void {
      for (const stream of streams) stream.destroy()
      streams.clear()
    },
    sdkFlag: (key: string): Flag => sdkFlag(found(key)),
  }
}

export type LaunchDarkly = Awaited<ReturnType<typeof launchDarkly>>

/** A string flag with the six stages, on, that says `stage` to everybody. */
export function keptFlag(key: string, stage: (typeof STAGES)[number] = 'off', over: Partial<KeptFlag> = {}): KeptFlag {
  const index = STAGES.indexOf(stage)
  return {
    key,
    archived: false,
    variations: STAGES.map((value) => ({ _id: `id-${value}`, value })),
    config: {
      on: true,
      version: 1,
      salt: 'salt',
      offVariation: 0,
      fallthrough: { variation: index },
      rules: [],
      targets: [],
      contextTargets: [],
      prerequisites: [],
    },
    ...over,
  }
}

function sdkFlag({ key, variations, config: { rules, ...config } }: KeptFlag): Flag {
  return {
    ...config,
    key,
    variations: variations.map(({ value }) => value),
    rules: rules.map(({ _id, clauses, ...serves }): FlagRule => ({
      id: _id,
      clauses: clauses.map(({ _id: _clause, ...clause }) => clause),
      ...serves,
    })),
  }
}

function restFlag({ config, ...flag }: KeptFlag, environment: string): unknown {
  return {
    ...flag,
    name: flag.key,
    kind: 'multivariate',
    _version: 1,
    environments: { [environment]: { ...config, archived: flag.archived, salt: config.salt, _environmentName: environment } },
  }
}

function made(body: unknown): KeptFlag {
  const { key, name, variations, defaults, tags, temporary, description } = only(body, [
    'key',
    'name',
    'description',
    'variations',
    'defaults',
    'tags',
    'temporary',
  ])
  const { onVariation, offVariation } = only(defaults, ['onVariation', 'offVariation'])
  const ok =
    typeof key === 'string' &&
    /^[\w.~-]{1,256}$/.test(key) &&
    typeof name === 'string' &&
    typeof description === 'string' &&
    Array.isArray(tags) &&
    typeof temporary === 'boolean'
  if (!ok || !Array.isArray(variations)) throw bad('the flag is not well formed')
  const flag = keptFlag(key)
  flag.variations = variations.map((one) => ({ _id: randomUUID(), value: only(one, ['value'])['value'] }))
  flag.config.on = false
  flag.config.fallthrough = { variation: Number(onVariation) }
  flag.config.offVariation = Number(offVariation)
  return flag
}

/** All instructions, or none. */
function applied(flag: KeptFlag, body: unknown, environment: string): KeptFlag {
  const { environmentKey, comment, instructions } = only(body, ['environmentKey', 'comment', 'instructions'])
  if (environmentKey !== environment) throw bad('unknown environmentKey')
  if (comment !== undefined && typeof comment !== 'string') throw bad('comment')
  if (!Array.isArray(instructions) || instructions.length === 0) throw bad('no instructions')
  const changed = structuredClone(flag)
  for (const instruction of instructions) apply(changed, instruction)
  changed.config.version += 1
  return changed
}

function apply(flag: KeptFlag, instruction: unknown): void {
  const { config } = flag
  const { kind } = instruction as { kind: string }
  const rule = (id: unknown): KeptRule => {
    const one = config.rules.find(({ _id }) => _id === id)
    if (one === undefined) throw bad(`unknown rule ${String(id)}`)
    return one
  }
  const serves = ['variationId', 'rolloutWeights', 'rolloutBucketBy', 'rolloutContextKind']
  switch (kind) {
    case 'turnFlagOn':
    case 'turnFlagOff':
      only(instruction, ['kind'])
      config.on = kind === 'turnFlagOn'
      return
    case 'updateFallthroughVariationOrRollout':
      config.fallthrough = served(flag, only(instruction, ['kind', ...serves]))
      return
    case 'updateRuleVariationOrRollout': {
      const { ruleId, ...rest } = only(instruction, ['kind', 'ruleId', ...serves])
      const one = rule(ruleId)
      config.rules = config.rules.map((each) => (each === one ? { _id: one._id, clauses: one.clauses, ...served(flag, rest) } : each))
      return
    }
    case 'addRule': {
      const { clauses, beforeRuleId, ...rest } = only(instruction, ['kind', 'clauses', 'beforeRuleId', ...serves])
      if (!Array.isArray(clauses)) throw bad('clauses')
      const added = { _id: randomUUID(), clauses: clauses.map(clauseOf), ...served(flag, rest) }
      const at = beforeRuleId === undefined ? config.rules.length : config.rules.indexOf(rule(beforeRuleId))
      config.rules.splice(at, 0, added)
      return
    }
    case 'removeRule':
      config.rules = config.rules.filter(({ _id }) => _id !== only(instruction, ['kind', 'ruleId'])['ruleId'])
      return
    case 'addValuesToClause':
    case 'removeValuesFromClause': {
      const { ruleId, clauseId, values } = only(instruction, ['kind', 'ruleId', 'clauseId', 'values'])
      const clause = rule(ruleId).clauses.find(({ _id }) => _id === clauseId)
      if (clause === undefined || !Array.isArray(values)) throw bad(`unknown clause ${String(clauseId)}`)
      const kept = clause.values.filter((value) => !values.includes(value))
      Object.assign(clause, { values: kind === 'addValuesToClause' ? [...kept, ...(values as unknown[])] : kept })
      return
    }
    default:
      throw bad(`unknown instruction ${kind}`)
  }
}

function served(flag: KeptFlag, { variationId, rolloutWeights, rolloutBucketBy, rolloutContextKind }: Record<string, unknown>): Variation {
  const index = (id: unknown): number => {
    const at = flag.variations.findIndex(({ _id }) => _id === id)
    if (at === -1) throw bad(`unknown variation ${String(id)}`)
    return at
  }
  if ((variationId === undefined) === (rolloutWeights === undefined)) throw bad('a rule serves a variation or a rollout')
  if (variationId !== undefined) {
    if (flag.purpose === 'migration') throw bad('cohorts of migration flags serve a rollout')
    return { variation: index(variationId) }
  }
  const weights = Object.entries(rolloutWeights as Record<string, number>).map(([id, weight]) => ({ variation: index(id), weight }))
  if (weights.reduce((sum, { weight }) => sum + weight, 0) !== 100_000) throw bad('weights must add up to 100000')
  if (rolloutBucketBy !== undefined && rolloutBucketBy !== 'key') throw bad('rolloutBucketBy')
  return {
    rollout: {
      kind: 'rollout',
      contextKind: typeof rolloutContextKind === 'string' ? rolloutContextKind : 'user',
      variations: weights.toSorted((a, b) => a.variation - b.variation),
    },
  }
}

function clauseOf(value: unknown): KeptRule['clauses'][number] {
  const { contextKind, attribute, op, negate, values } = only(value, ['contextKind', 'attribute', 'op', 'negate', 'values'])
  if (
    typeof contextKind !== 'string' ||
    typeof attribute !== 'string' ||
    typeof op !== 'string' ||
    typeof negate !== 'boolean' ||
    !Array.isArray(values)
  )
    throw bad('a clause is not well formed')
  return { _id: randomUUID(), contextKind, attribute, op, negate, values }
}

/** Members that are allowed, and no others. */
function only(value: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw bad('an object is missing')
  const odd = Object.keys(value).find((name) => !names.includes(name))
  if (odd !== undefined) throw bad(`unknown member ${odd}`)
  return value as Record<string, unknown>
}

async function text(request: IncomingMessage): Promise<string> {
  let all = ''
  for await (const part of request) all += String(part)
  return all
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}
