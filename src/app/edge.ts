import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { Outbox } from '../core/evidence/outbox.ts'
import type { Write } from '../core/evidence/recent-writes.ts'
import { increment } from '../core/evidence/tally.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import { isShadow } from '../core/exchange/headers.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import type { RefusalReason } from '../core/exchange/refusal.ts'
import { idInPath } from '../core/operation/document-id.ts'
import { isRest } from '../core/operation/operation.ts'
import { socketOperation } from '../core/operation/rest.ts'
import { clientOf } from '../core/routing/client.ts'
import { createRegionOf } from '../core/routing/region.ts'
import { RouteTable } from '../core/routing/route-table.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { EdgeServer } from '../edge/edge-server.ts'
import { createEdgeServer } from '../edge/server.ts'
import type { EdgeClient } from '../edge/settings.ts'
import { createTrust } from '../edge/trust.ts'
import { createRequestLine } from '../lines/request.ts'
import type { Ledger } from '../handover/ledger.ts'
import { createLog } from '../telemetry/log.ts'
import { Backends } from './backends.ts'
import { Breaking } from './breaking.ts'
import { DocumentStore, type LearntDocument } from './document-store.ts'
import { Gauging } from './gauging.ts'
import { HandingIn, type Handed } from './handing-in.ts'
import { EventStreams } from './event-streams.ts'
import { createHandOver } from './handing-over.ts'
import { createIdentity } from './identity.ts'
import { LaneNews } from './lane-news.ts'
import type { EdgeNews } from './messages.ts'
import { listenTls } from './listen-tls.ts'
import { createPass } from './passing.ts'
import { Policies } from './policies.ts'
import { readingOf } from './reading.ts'
import { Reporting } from './reporting.ts'
import { ServedCounts } from './served-counts.ts'
import { ShadowHost } from './shadow-host.ts'
import { Stages } from './stages.ts'
import { Straining } from './straining.ts'
import { Waiting } from './waiting.ts'
import { createWho } from './who.ts'

/** An edge: the only place where the client's path meets its adapters. */
export class Edge {
  readonly #tell: (report: EdgeNews) => void
  readonly #source = randomUUID()
  readonly #outbox = new Outbox(this.#source)
  readonly #handingIn: HandingIn
  readonly #counts: ServedCounts
  readonly #waiting: Waiting
  readonly #gauging = new Gauging()
  readonly #breaking: Breaking
  readonly #straining: Straining
  readonly #backends: Backends
  readonly stages: Stages
  readonly #host: ShadowHost
  readonly #lanes: LaneNews
  readonly #server: EdgeServer
  readonly #reporting: Reporting
  readonly #documents: DocumentStore
  readonly #drainMs: number

  /** @param report takes what was counted and measured, for control, and what clients write, for the other edges */
  constructor(loaded: LoadedConfig, name: string, report: (report: EdgeNews) => void) {
    this.#tell = report
    this.#handingIn = new HandingIn(
      this.#outbox,
      () => this.#collect(),
      (batch) => report({ kind: 'evidence', batch }),
    )
    this.#reporting = new Reporting(() => this.#report())
    this.#counts = new ServedCounts(() => this.#reporting.hasten())
    this.#waiting = new Waiting(loaded.config.guard.overdue, this.#counts)
    this.#drainMs = loaded.config.listen.drainMs
    this.#documents = new DocumentStore(loaded)
    const policies = new Policies(loaded)
    this.stages = new Stages(loaded, policies, (pins) => report({ kind: 'pins', pins }))
    const log = createLog(name)
    this.#backends = new Backends(loaded, log)
    this.#breaking = new Breaking(() => performance.now(), log)
    this.#straining = new Straining(log)
    this.#host = new ShadowHost(loaded, name, log, {
      onWrites: (writes) => this.#tell({ kind: 'writes', writes }),
      onReport: (report) => {
        this.#gauging.shadow(report)
        this.#counts.tally.epoch = report.epoch
        this.#outbox.add(report)
      },
      onLost: (lost) => {
        for (const { cell, requests } of lost) increment(this.#counts.tally.counting(cell, cell.window).outcomes, 'lost', requests)
      },
    })
    this.#lanes = new LaneNews(this.#host.ledger, report)
    this.#server = this.#createServer(loaded, policies)
  }

  connection(socket: Socket): void {
    this.#server.adopt(socket)
  }

  readonly accept = (groups: readonly AcceptedGroup[]): void => this.#host.accept(groups)
  readonly countUnder = (key: string): void => this.#host.countUnder(key)
  readonly reveal = (reveals: readonly Reveal[]): void => this.#host.reveal(reveals)

  rules(rules: readonly Rule[]): void {
    this.#host.rules(rules)
  }

  /** For connections that are opened from now on, by clients and to backends. */
  certificates(certificates: Certificates): void {
    if (certificates.listen !== undefined) this.#server.renew(certificates.listen)
    this.#backends.renew(certificates)
    this.#host.certificates(certificates)
  }

  /** What clients of other edges write. */
  writes(writes: readonly Write[]): void {
    this.#host.writes(writes)
  }

  stored({ source, seq, by = '' }: { readonly source: string; readonly seq: number; readonly by?: string }): void {
    // While an edge is replaced, two have its name.
    if (source === this.#source && this.#handingIn.stored(seq, by)) this.#documents.tellAgain()
  }

  /** Learns what other edges know of their sandbox. */
  get ledger(): Pick<Ledger, 'adopt' | 'learnBegun'> {
    return this.#host.ledger
  }

  /** What clients sent to other edges. */
  learn(documents: readonly LearntDocument[]): void {
    this.#documents.adopt(documents)
  }

  /** Lets open requests finish, then hands in everything that was counted. */
  async drain(idleMs: number): Promise<void> {
    await this.#server.drain({ graceMs: this.#drainMs, idleMs })
    this.#reporting.close()
    this.#waiting.close()
    await this.#host.close()
    this.#lanes.report()
    await this.#handingIn.close()
    this.#straining.close()
    await Promise.all([this.stages.close(), this.#backends.close()])
  }

  #collect(): Handed {
    return { collected: { ...this.#counts.tally.take(), groups: [] }, upTo: Math.min(Date.now(), this.#host.reportedAt) }
  }

  #report(): void {
    this.#handingIn.report()
    const documents = this.#documents.takeFresh()
    if (documents.length > 0) this.#tell({ kind: 'documents', documents })
    this.#lanes.report()
    const facts = {
      ...this.#host.ledger.facts,
      ringBytes: this.#host.ringBytes,
      shadowRestarts: this.#host.restarts,
      evidenceLost: this.#outbox.lost,
      flagsStaleness: this.stages.staleness,
      emergency: this.stages.emergency,
      breakersOpen: this.#breaking.open,
      retriesRefused: this.#breaking.refused,
      connections: this.#server.connections,
      places: this.#backends.takePlaces(),
      strained: this.#straining.strained,
    }
    this.#tell({ kind: 'gauges', gauges: this.#gauging.take(facts) })
  }

  #createServer(loaded: LoadedConfig, policies: Policies): EdgeServer {
    const { config } = loaded
    const reading = readingOf(loaded)
    const onRefused = (reason: RefusalReason): void => this.#gauging.refused(reason)
    const primary = this.#backends.primary({ mayRetry: this.#breaking.mayRetry, onRefused })
    const regionByLines = createRegionOf(config.region)
    const regionOf = ({ headers }: Inbound): string => regionByLines(headers)
    const isTrusted = createTrust(config.listen.trustedProxies)
    const who = createWho(config, isTrusted, this.#host.mark)
    const identify = createIdentity({ reading, documents: this.#documents, limits: config.documents, cursors: config.cursors })
    const streams = new EventStreams(loaded, () => this.stages.emergency)
    const line = createRequestLine<EdgeClient>({
      identify: (inbound) => streams.placed(identify(inbound), inbound),
      regionOf,
      clientOf: ({ headers }) => clientOf(headers),
      assign: (identified, inbound, region, client) => this.stages.assign(identified, region, who.subjectOf(inbound), client),
      policyFor: policies.for,
      sampled: () => Math.random() < config.mirror.sample,
      looped: ({ headers }) => isShadow(headers),
      admit: this.#breaking.admit,
      learn: this.#breaking.learn,
      handOver: createHandOver(loaded, this.#host, {
        ...who,
        cellsOf: this.#counts.cellsOf,
        isStrained: () => this.#straining.strained,
        onUntraced: (spans) => this.#gauging.untraced(spans),
        pinning: this.stages.pinning,
        lanes: this.#lanes,
      }),
      forward: (routed, client, handover, done) => {
        const inbound = streams.toPrimary(routed)
        const graphql = inbound.operation === undefined || !isRest(inbound.operation.type)
        const watched = this.#waiting.watch(routed, client.response, done)
        const { traceparent, fallbackTraceparent } = handover
        const options = { graphql, traceparent, fallbackTraceparent, answering: streams.answering(routed) }
        primary(inbound, routed.decision, client, options, watched)
      },
      count: (routed, served, ended) => {
        // A write that a policy passes on is no obstacle.
        if (routed.decision.shadow === undefined) this.#gauging.identified(routed.identified)
        this.#counts.served(routed, served, ended === 'following' ? undefined : ended, who.splitMarkOf(routed))
      },
    })
    const routes = new RouteTable(config.routes)
    const deps = { ...who, regionOf, policies, stages: this.stages, lanes: this.#lanes, ledger: this.#host.ledger }
    const pass = createPass(loaded, primary, deps)
    const sockets = socketOperation(config.listen.path)
    const serve = (inbound: Inbound, client: EdgeClient): void => this.#gauging.timed(() => line(inbound, client))
    return createEdgeServer({
      path: config.listen.path,
      maxBodyBytes: config.mirror.maxBodyBytes,
      readsUploads: config.backends.legacy.uploads && config.backends.candidate.uploads,
      namesDocument: (target) => idInPath(target, reading.pathIds) !== undefined,
      graphql: (inbound, client) => serve(streams.arrived(inbound, client), client),
      routeOf: (inbound, hasBody) => routes.find(inbound, hasBody),
      rest: serve,
      other: pass,
      upgrade: (inbound, client) =>
        inbound.target.split('?', 1)[0] === config.listen.path
          ? serve({ ...inbound, operation: sockets }, client)
          : pass(inbound, client, routes.find(inbound, false)),
      limits: config.limits,
      ...listenTls(loaded),
      isTrusted,
      forwarded: config.listen.forwarded,
      isOverwhelmed: () => this.#straining.overwhelmed,
      onRefused,
    })
  }
}
