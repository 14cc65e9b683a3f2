import type { ControlPlane } from '../admin/control-plane.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Ceiling } from '../core/rollout/intent.ts'
import { EMERGENCY_FLAG } from '../core/routing/emergency.ts'
import { flagLines } from '../core/routing/flag-lines.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import type { Rule } from '../core/rules/rule.ts'
import { takeStore } from '../storage/open.ts'
import type { Store } from '../storage/store.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics, type ControlFacts, type Metrics } from '../telemetry/metrics.ts'
import { AdminDoor } from './admin-door.ts'
import { certificateFacts } from './certificate-facts.ts'
import { ConsistencyDesk } from './consistency-desk.ts'
import { Controller } from './controller.ts'
import { shareCountingKey } from './counting-key.ts'
import { statusOf } from './status.ts'
import { EdgeDesk } from './edge-desk.ts'
import { EmergencyDesk } from './emergency-desk.ts'
import { EvidenceDesk } from './evidence-desk.ts'
import { FlagExchange } from './flag-exchange.ts'
import { FlagDesk } from './flag-desk.ts'
import { GroupDesk } from './group-desk.ts'
import type { ProcessFacts } from './messages.ts'
import { OverviewDesk } from './overview-desk.ts'
import { RevealDesk } from './reveal-desk.ts'
import { RemoteFlags } from './remote-flags.ts'
import { RemoteMoves, type Hindered } from './remote-moves.ts'
import { RuleDesk } from './rule-desk.ts'
import { RulesInForce } from './rules-in-force.ts'
import { tell } from './parent.ts'
import { reachWarnings } from './reach-warnings.ts'
import { regionsOf, SegmentDesk } from './segment-desk.ts'
import { startPruning } from './pruning.ts'

const log = createLog('control')

/** Builds the control process: the only place where store, flags, admin API and the rollout line meet. */
export class Control implements ControlPlane {
  readonly #loaded: LoadedConfig
  readonly #store: Store
  readonly #metrics: Metrics
  readonly #desk: FlagDesk
  readonly #remote: RemoteFlags | undefined
  readonly #controller: Controller
  readonly #groups: GroupDesk
  readonly #reveals: RevealDesk
  readonly #emergency: EmergencyDesk
  readonly #exchange: FlagExchange
  readonly #segments: SegmentDesk
  readonly #rules: RuleDesk
  readonly #consistency: ConsistencyDesk
  readonly #overview: OverviewDesk
  readonly #evidence: EvidenceDesk
  readonly edges: EdgeDesk
  readonly #listeners = new Set<() => void>()
  readonly #startedAt = Date.now()
  readonly #timers: NodeJS.Timeout[] = []
  #certificates: LoadedConfig['certificates']
  #tree: readonly ProcessFacts[] = []
  #admin: AdminDoor | undefined
  #reading = Promise.resolve()

  private constructor(loaded: LoadedConfig, store: Store) {
    this.#loaded = loaded
    this.#certificates = loaded.certificates
    this.#store = store
    this.#remote = RemoteFlags.open(loaded)
    this.#desk = new FlagDesk(loaded.config, store, (known, changed) => this.#tellFlags(known, changed), this.#remote)
    const inForce = new RulesInForce(loaded.rules, [], Date.now)
    this.#groups = new GroupDesk(store, (groups) => {
      inForce.accept(groups)
      tell({ kind: 'order', order: { kind: 'accepted', groups } })
    })
    this.#reveals = new RevealDesk(store, loaded, (reveals) => tell({ kind: 'order', order: { kind: 'reveals', reveals } }), Date.now)
    this.#overview = new OverviewDesk(store, this.#desk, this.#groups, loaded.config)
    this.#emergency = EmergencyDesk.open(loaded.config, this.#desk, store, this.#remote, log)
    this.#exchange = new FlagExchange(loaded.config, this.#desk, store, Date.now)
    this.#consistency = new ConsistencyDesk(loaded, store.evidence, (operation, region) => this.#desk.standing(operation, region))
    this.#segments = new SegmentDesk(this.#desk, store, regionsOf(loaded.config), Date.now)
    this.#desk.edgesStaleness = () => this.edges.flagsStaleness
    const hold = (ceilings: readonly Ceiling[]): void => tell({ kind: 'order', order: { kind: 'ceilings', ceilings } })
    const hindered = (what: Hindered): void => log.warn(what, 'LaunchDarkly has not taken a step of a rollout')
    const moves = this.#remote?.moves === true ? new RemoteMoves(store, this.#remote, Date.now, hold, hindered) : undefined
    this.#controller = new Controller(loaded, store, this.#desk, log, () => inForce.judging.version, moves)
    this.#rules = new RuleDesk(loaded, store.evidence, inForce)
    this.#metrics = createMetrics(loaded.otel, () => Promise.resolve(this.#facts()), Date.now)
    this.#evidence = new EvidenceDesk({
      evidence: store.evidence,
      metrics: this.#metrics,
      groups: this.#groups,
      reveals: this.#reveals,
      rates: this.#overview.rates,
      log,
      onFailing: () => this.#controller.hasten(),
    })
    const desks = { flags: this.#desk, groups: this.#groups, reveals: this.#reveals, evidence: this.#evidence }
    this.edges = new EdgeDesk({ loaded, ...desks, metrics: this.#metrics, onStored: () => this.#changed() })
  }

  /**
   * Takes the store and reads what is in it; where it is new, whoever waits for that need not.
   * @throws BanyanError when it cannot be had
   */
  static async take(loaded: LoadedConfig): Promise<Control> {
    const onFault = (fault: Error): void => log.error({ error: fault.message }, 'the store failed')
    const { store, isNew, opened } = await takeStore(loaded.config.store.url, onFault)
    const control = new Control(loaded, store)
    control.#reading = control.#read(opened)
    if (isNew) tell({ kind: 'new-store' })
    else await control.#reading
    return control
  }

  /**
   * Opens the admin port, and begins to act once the store is open.
   * @returns the port
   * @throws BanyanError when the store cannot be opened or the admin port is taken
   */
  async start(): Promise<number> {
    ;[this.#admin] = await Promise.all([AdminDoor.open(this.#loaded, this, log), this.#reading])
    this.#controller.start()
    this.#timers.push(startPruning(this.#store, this.#loaded.config.store.retentionDays, log))
    return this.#admin.port
  }

  async #read(opened: Promise<void>): Promise<void> {
    await opened
    await shareCountingKey(this.#loaded, this.#store)
    await this.#desk.open()
    await this.#groups.open()
    await this.#reveals.open()
  }

  /** The rules from now on. */
  heed(rules: readonly Rule[]): void {
    this.#rules.replace(rules)
    this.#changed()
  }

  /** For connections that are opened from now on. */
  renew(certificates: LoadedConfig['certificates']): void {
    this.#certificates = certificates
    this.#admin?.renew(certificates)
  }

  /** What is wrong with files of rules that changed: the old rules hold on. */
  complain(problems: readonly string[]): void {
    this.#rules.complain(problems)
    this.#changed()
  }

  tree(processes: readonly ProcessFacts[]): void {
    this.#tree = processes
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#evidence.close()
    for (const one of [this.#controller, this.#desk, this.#groups, this.#reveals]) one.close()
    await this.#admin?.close()
    await this.#metrics.close()
    await this.#remote?.close()
    await this.#store.close()
  }

  readonly overview: ControlPlane['overview'] = (query) => this.#overview.overview(query)
  readonly operation: ControlPlane['operation'] = (key, minutes) => this.#overview.operation(key, minutes)
  readonly groups: ControlPlane['groups'] = (query) => this.#groups.list(query)
  readonly group: ControlPlane['group'] = (id) => this.#groups.find(id)
  readonly triage: ControlPlane['triage'] = (id, action) => this.#groups.decide(id, action)
  readonly reveals: ControlPlane['reveals'] = () => this.#reveals.list()
  readonly beginReveal: ControlPlane['beginReveal'] = (action) => this.#reveals.begin(action)
  readonly endReveal: ControlPlane['endReveal'] = (id, action) => this.#reveals.end(id, action)
  readonly flags: ControlPlane['flags'] = () =>
    Promise.resolve(this.#desk.flags.filter(({ key }) => key !== EMERGENCY_FLAG).flatMap(flagLines))
  readonly audit: ControlPlane['audit'] = ({ limit, plan }) => this.#store.flags.audit(limit, plan)
  readonly metrics: ControlPlane['metrics'] = () => this.#metrics.render()

  readonly onChange: ControlPlane['onChange'] = (listener) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly exportFlags: ControlPlane['exportFlags'] = () => Promise.resolve(this.#exchange.file())
  readonly importFlag: ControlPlane['importFlag'] = (request) => this.#exchange.take(request)
  readonly setSegment: ControlPlane['setSegment'] = (request) => this.#segments.set(request)
  readonly flagProblems: ControlPlane['flagProblems'] = () => Promise.resolve(this.#exchange.problems())
  readonly setStage: ControlPlane['setStage'] = async (request) => {
    const { warnings = [], ...entry } = await this.#consistency.warned(request, await this.#desk.setStage(request))
    const all = [...reachWarnings(this.#desk.flags, entry.target, request, regionsOf(this.#loaded.config)), ...warnings]
    return all.length === 0 ? entry : { ...entry, warnings: all }
  }

  readonly rules: ControlPlane['rules'] = (minutes) => this.#rules.views(minutes)
  readonly tryRules: ControlPlane['tryRules'] = (request) => this.#rules.try(request)

  readonly consistency: ControlPlane['consistency'] = () => this.#consistency.view()
  readonly replay: ControlPlane['replay'] = (plan, minutes) => this.#controller.desk.replay(plan, minutes)
  readonly rollouts: ControlPlane['rollouts'] = (query) => this.#controller.desk.views(query)

  readonly rollout: ControlPlane['rollout'] = async (action) => {
    const acted = await this.#controller.desk.act(action)
    this.#changed()
    return acted
  }

  readonly emergency: ControlPlane['emergency'] = async (request) => {
    const done = await this.#emergency.set(request)
    this.#changed()
    return done
  }

  readonly status: ControlPlane['status'] = () =>
    Promise.resolve(
      statusOf({
        config: this.#loaded.config,
        tree: this.#tree,
        gauges: this.edges.gauges,
        startedAt: this.#startedAt,
        storeUp: this.#evidence.storeUp,
        store: this.#store.kind,
        emergency: this.#emergency.on,
        rules: this.#rules.standing,
        reveals: this.#reveals.openViews,
      }),
    )

  #tellFlags(known: FlagSet, changed: boolean): void {
    tell({ kind: 'order', order: { kind: 'flags', known } })
    if (changed) this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  #facts(): ControlFacts {
    return {
      restarts: this.#tree,
      storeUp: this.#evidence.storeUp,
      rules: this.#rules.standing,
      certificates: certificateFacts(this.#certificates),
      reveals: this.#reveals.current.length,
      ...this.#controller.facts,
    }
  }
}
