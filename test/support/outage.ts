import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { RolloutView, UnitView } from '../../src/admin/rollout-views.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type CellEvidence, type Evidence } from '../../src/core/evidence/evidence.ts'
import { bucketOf } from '../../src/core/evidence/histogram.ts'
import { openStore } from '../../src/storage/open.ts'
import { ask, cli, startTree, type Tree } from './banyan.ts'
import { listening, until, type Finished } from './sockets.ts'

/** Twenty requests a second, of which the candidate serves one in twenty. */
const RATE_PER_SECOND = 20
const ONE_IN = 20
const GOOD_HOURS_MS = 6 * 3_600_000
const MINUTE_MS = 60_000
const QUERY = 'query Product { product }'

/** How a candidate goes down, all at once and for everybody. */
export const FAULTS = ['refuses', 'answers 500', 'hangs'] as const
export type Fault = (typeof FAULTS)[number]

/** How a total outage of the candidate was answered. */
export interface Reaction {
  /** From its first moment until the operation was taken back, in seconds. */
  readonly seconds: number
  /** Requests that the candidate had been asked for by clients meanwhile. */
  readonly asked: number
  readonly reason: string
}

const answer =
  (from: string): RequestListener =>
  (incoming, response) => {
    incoming.resume()
    response.writeHead(200, { 'content-type': 'application/json', 'x-from': from }).end('{"data":{"product":"banana"}}')
  }

/** People are told, or not: that must hold nothing up. */
async function deafReceivers(finished: Finished): Promise<readonly { readonly url: string }[]> {
  const hanging = await listening(
    createServer(() => {}),
    finished,
  )
  const failing = await listening(
    createServer((_, response) => response.writeHead(500).end()),
    finished,
  )
  const gone = await listening(createServer(), finished)
  await gone.close()
  return [hanging, failing, gone].map(({ url }) => ({ url }))
}

/** A pair of backends, a config with a plan that goes to 5 %, and receivers of webhooks that hang, fail and are not there. */
async function scene(finished: Finished, candidateAnswers: RequestListener = answer('candidate')) {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-outage-'))
  finished(() => rmSync(folder, { recursive: true, force: true }))
  const legacy = await listening(createServer(answer('legacy')), finished)
  const candidate = await listening(createServer(candidateAnswers), finished)
  const plan = join(folder, 'plan.yaml')
  const steps = [
    { stage: 'live', percent: 5, gates: 'none' },
    { stage: 'live', percent: 50, gates: 'none', approval: 'person' },
  ]
  writeFileSync(plan, stringify({ version: 1, name: 'reads', why: 'a test', operations: ['query:*'], steps }))
  const store = join(folder, 'store')
  const config: Parameters<typeof startTree>[0] = {
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    listen: { drainMs: 500 },
    subject: { header: 'x-user' },
    rollouts: [plan],
    notify: [...(await deafReceivers(finished))],
    store: { url: `pglite:${store}` },
  }
  return { candidate, store, config }
}

/**
 * Real processes: `banyan serve` at `live` for 5 % of the subjects, under 20 evenly spaced requests a second. The outage begins right after the candidate has answered a
 * client, which is when most time passes until it is asked again.
 * @param good the folder of `goodHours`
 */
export async function reactionTo(fault: Fault, good: string, finished: Finished): Promise<Reaction> {
  let isDown = false
  const { candidate, store, config } = await scene(finished, (incoming, response) => {
    if (!isDown) answer('candidate')(incoming, response)
    else if (fault === 'answers 500') response.writeHead(500).end()
  })
  cpSync(good, store, { recursive: true })
  const banyan = await startTree(config, {}, { finished })

  const users = await sharing(banyan)
  const load = new Load(banyan, users)
  finished(() => load.stop())
  load.start()
  const warm = performance.now() + 5_000
  await until(() => load.justServedByCandidate() && performance.now() > warm)
  isDown = true
  if (fault === 'refuses') await candidate.close()
  const [began, askedBefore] = [performance.now(), load.inShare]
  let unit: UnitView | undefined
  await until(async () => (unit = await unitOf(banyan))?.position.status === 'back')
  const seconds = (performance.now() - began) / 1_000
  const asked = load.inShare - askedBefore
  load.stop()
  return { seconds, asked, reason: unit?.position.why ?? '' }
}

async function unitOf(banyan: Tree): Promise<UnitView | undefined> {
  return (await banyan.get<RolloutView[]>('/api/rollouts'))[0]?.units[0]
}

/** A store in which an operation has been at `live` for 5 % of the subjects for six good hours. Gives back its folder. */
export async function goodHours(finished: Finished): Promise<string> {
  const { store: folder, config } = await scene(finished)
  const banyan = await startTree(config, {}, { finished })
  await ask(banyan, QUERY)
  await until(async () => (await banyan.overview()).rows.length === 1)
  await cli(['rollout', 'start', 'reads', '--why', 'a test', '--admin', banyan.admin], {}, finished)
  await until(async () => (await unitOf(banyan))?.position.step === 0)
  banyan.signal('SIGTERM')
  await banyan.ended
  const store = await openStore(`pglite:${folder}`)
  const [position] = await store.rollouts.positions()
  if (position === undefined) throw new Error('no unit has begun')
  const now = Date.now() - (Date.now() % MINUTE_MS)
  const from = now - GOOD_HOURS_MS
  const [operation = ''] = position.operations
  const cell = (window: number, stage: 'live' | 'shadow', evidence: Evidence): CellEvidence => ({
    operation,
    region: 'default',
    stage,
    window: window - (window % WINDOW_MS),
    evidence,
  })
  const minutes = Array.from({ length: GOOD_HOURS_MS / MINUTE_MS }, (_, i) => cell(from + i * MINUTE_MS, 'live', went('candidate', 60)))
  const before = Array.from({ length: 50 }, (_, i) => cell(from - (i + 1) * MINUTE_MS, 'shadow', went('legacy', 1_200)))
  await store.evidence.append({ source: 'earlier', seq: 1, last: true, operations: [], groups: [], cells: [...minutes, ...before] })
  const record = { at: now, who: 'test', target: 'plan:reads', region: '*', from: 'now', to: 'six hours ago', why: 'a test' }
  await store.rollouts.place({ ...position, since: from, evidenceFrom: from, version: position.version + 1 }, [record])
  await store.close()
  return folder
}

function went(primary: 'legacy' | 'candidate', requests: number): Evidence {
  const latency = { legacy: {}, candidate: {}, [primary]: { [bucketOf(0.05)]: requests } }
  return { ...EMPTY_EVIDENCE, requests, outcomes: { compared: requests }, classes: { identical: requests }, latency }
}

/** Users that the candidate serves, and users that it does not. */
async function sharing(banyan: Tree): Promise<Readonly<Record<'candidate' | 'legacy', readonly string[]>>> {
  const users: Record<'candidate' | 'legacy', string[]> = { candidate: [], legacy: [] }
  for (let i = 0; users.candidate.length < 5 || users.legacy.length < ONE_IN; i += 1) {
    const { headers } = await ask(banyan, QUERY, { 'x-user': `u${i}` })
    users[headers.get('x-from') === 'candidate' ? 'candidate' : 'legacy'].push(`u${i}`)
  }
  return users
}

/** Clients that ask at an even pace and do not wait for each other. */
class Load {
  readonly #banyan: Tree
  readonly #users: Readonly<Record<'candidate' | 'legacy', readonly string[]>>
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 100 })
  #timer: NodeJS.Timeout | undefined
  #sent = 0
  #isFresh = false
  /** Requests of users that the candidate serves. */
  inShare = 0

  constructor(banyan: Tree, users: Readonly<Record<'candidate' | 'legacy', readonly string[]>>) {
    this.#banyan = banyan
    this.#users = users
  }

  start(): void {
    this.#timer = setInterval(() => this.#send(), 1_000 / RATE_PER_SECOND)
  }

  /** Whether the candidate's newest answer came after this was asked last. */
  justServedByCandidate(): boolean {
    const isFresh = this.#isFresh
    this.#isFresh = false
    return isFresh
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#agent.destroy()
  }

  #send(): void {
    const share = this.#sent % ONE_IN === 0 ? 'candidate' : 'legacy'
    const users = this.#users[share]
    const user = users[Math.floor(this.#sent / ONE_IN + (this.#sent % ONE_IN)) % users.length] ?? ''
    this.#sent += 1
    if (share === 'candidate') this.inShare += 1
    const headers = { 'content-type': 'application/json', 'x-user': user }
    request(this.#banyan.url, { method: 'POST', headers, agent: this.#agent }, (response) => {
      if (response.headers['x-from'] === 'candidate') this.#isFresh = true
      response.resume()
    })
      .on('error', () => undefined)
      .end(JSON.stringify({ query: QUERY }))
  }
}
