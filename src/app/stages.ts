import type { LoadedConfig } from '../config/loaded.ts'
import type { Identified, Operation } from '../core/operation/operation.ts'
import { leastOf, type Assignment } from '../core/routing/decide.ts'
import { EMERGENCY } from '../core/routing/emergency.ts'
import type { Ceiling } from '../core/rollout/intent.ts'
import { pinnedAt, type Pin } from '../core/routing/pins.ts'
import { policyStage } from '../core/routing/policy.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import { STAGES, type Stage } from '../core/routing/stage.ts'
import { createLaunchDarklyStages } from '../flags/launchdarkly-stages.ts'
import { createStoreStages, type StoreStages } from '../flags/store-stages.ts'
import { Pinning } from './pinning.ts'
import { Policies } from './policies.ts'

const UNASSIGNED: Assignment = { stage: 'off', flag: '', reason: 'UNCLASSIFIED' }

/** Where one edge gets its stages from: the flags of the store or of LaunchDarkly, the operator's policy, where the subject wrote a moment ago, and the emergency that wins over all of them. */
export class Stages {
  readonly #config: LoadedConfig['config']
  readonly #policies = new WeakMap<Operation, Stage>()
  readonly #source: StoreStages
  /** Absent: no policy pins anybody. */
  readonly pinning: Pinning | undefined
  /** The emergency file says so. */
  everythingToLegacy = false
  /** The furthest stage by operation and region, where a step back is on its way. */
  #ceilings: ReadonlyMap<string, Stage> = new Map()

  /**
   * @param policies what the operator says of operations
   * @param tell hears where clients wrote, for the other edges
   */
  constructor(loaded: LoadedConfig, policies: Policies = new Policies(loaded), tell: (pins: readonly Pin[]) => void = () => {}) {
    this.pinning = Pinning.open(loaded, policies, tell)
    this.#config = loaded.config
    this.#source = loaded.config.flags.provider === 'store' ? createStoreStages(() => performance.now()) : launchDarkly(loaded)
  }

  assign(identified: Identified, region: string, subject: string, client: string | undefined): Assignment {
    if (identified.kind === 'unclassified') return UNASSIGNED
    if (this.emergency) return EMERGENCY
    const { environment } = this.#config
    const assign = (operation: Operation): Assignment =>
      this.#under(
        this.#source.assign({ region, environment, subject, client, operation, fallback: this.#policy(operation) }),
        operation.key,
        region,
      )
    const assignment =
      identified.kind === 'operation' ? assign(identified.operation) : (leastOf(identified.operations.map(assign)) ?? UNASSIGNED)
    // At `complete` there may be no legacy any more to go on with.
    if (identified.kind === 'operation' && identified.continues === 'legacy' && assignment.stage !== 'complete')
      return pinnedAt(identified, assignment, 'legacy')
    return this.pinning?.assigned(identified, assignment, subject) ?? assignment
  }

  /** What the policies say is looked for once for each operation, however many there are. */
  #policy(operation: Operation): Stage {
    const known = this.#policies.get(operation)
    if (known !== undefined) return known
    const stage = policyStage(this.#config.operations, operation.key)
    this.#policies.set(operation, stage)
    return stage
  }

  /** New flags of the store. LaunchDarkly's come by its stream, and what control tells of them holds until that is up. */
  update(known: FlagSet): void {
    this.#source.update(known)
    this.pinning?.heed(known)
  }

  /** Steps back that LaunchDarkly has not taken yet hold here all the same. While its stream is lost, those that it took are kept too: they are not heard of. */
  hold(ceilings: readonly Ceiling[]): void {
    const said = ceilings.map(({ operation, region, stage }): [string, Stage] => [`${operation}\n${region}`, stage])
    this.#ceilings = new Map([...(this.staleness > 0 ? this.#ceilings : []), ...said])
  }

  #under(assignment: Assignment, operation: string, region: string): Assignment {
    const ceiling = this.#ceilings.size === 0 ? undefined : this.#ceilings.get(`${operation}\n${region}`)
    return ceiling === undefined || STAGES.indexOf(assignment.stage) <= STAGES.indexOf(ceiling)
      ? assignment
      : { ...assignment, stage: ceiling, reason: 'TAKEN_BACK' }
  }

  get emergency(): boolean {
    return this.everythingToLegacy || this.#source.emergency()
  }

  /** Seconds since the flags were last known to be fresh. */
  get staleness(): number {
    return this.#source.staleness()
  }

  close(): Promise<void> {
    return this.#source.close()
  }
}

function launchDarkly({ config: { environment, flags }, secrets }: LoadedConfig): StoreStages {
  const settings = flags.provider === 'launchdarkly' ? flags : undefined
  return createLaunchDarklyStages({
    sdkKey: secrets.launchDarklySdkKey ?? '',
    environment,
    events: settings?.events ?? false,
    now: () => performance.now(),
    ...(settings?.streamUri === undefined ? {} : { streamUri: settings.streamUri }),
  })
}
