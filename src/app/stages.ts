import type { LoadedConfig } from '../config/loaded.ts'
import { operationsOf, type Identified } from '../core/operation/operation.ts'
import { leastOf, type Assignment } from '../core/routing/decide.ts'
import { EMERGENCY } from '../core/routing/emergency.ts'
import type { Flag } from '../core/routing/flag.ts'
import { policyStage } from '../core/routing/policy.ts'
import { createLaunchDarklyStages } from '../flags/launchdarkly-stages.ts'
import type { StageSource } from '../flags/stage-source.ts'
import { createStoreStages, type StoreStages } from '../flags/store-stages.ts'

const UNASSIGNED: Assignment = { stage: 'off', flag: '', reason: 'UNCLASSIFIED' }

/** Where one edge gets its stages from: the flags of the store or of LaunchDarkly, the operator's policy, and the emergency that wins over both. */
export class Stages {
  readonly #config: LoadedConfig['config']
  readonly #source: StageSource
  readonly #store: StoreStages | undefined
  /** The emergency file says so. */
  everythingToLegacy = false

  constructor(loaded: LoadedConfig) {
    this.#config = loaded.config
    this.#store = loaded.config.flags.provider === 'store' ? createStoreStages(() => performance.now()) : undefined
    this.#source = this.#store ?? launchDarkly(loaded)
  }

  assign(identified: Identified, region: string, subject: string, client: string | undefined): Assignment {
    if (identified.kind === 'unclassified') return UNASSIGNED
    if (this.emergency) return EMERGENCY
    const { environment, operations } = this.#config
    const asked = { region, environment, subject, ...(client === undefined ? {} : { client }) }
    const assignments = operationsOf(identified).map((operation) =>
      this.#source.assign({ ...asked, operation, fallback: policyStage(operations, operation.key) }),
    )
    return leastOf(assignments) ?? UNASSIGNED
  }

  /** New flags of the store; LaunchDarkly's come by its stream. */
  update(flags: readonly Flag[]): void {
    this.#store?.update(flags)
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

function launchDarkly({ config, secrets }: LoadedConfig): StageSource {
  const streamUri = config.flags.provider === 'launchdarkly' ? config.flags.streamUri : undefined
  return createLaunchDarklyStages({
    sdkKey: secrets.launchDarklySdkKey ?? '',
    environment: config.environment,
    now: () => performance.now(),
    ...(streamUri === undefined ? {} : { streamUri }),
  })
}
