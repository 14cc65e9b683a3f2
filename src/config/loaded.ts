import type { Certificates } from '../core/exchange/tls.ts'
import type { Plan } from '../core/rollout/plan.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { ManifestEntry } from './manifests.ts'
import type { Config } from './schema.ts'

/**
 * Everything that `serve` runs on: the checked config and the files that it names, read once. Plain data, frozen, so that
 * it can be sent to the other processes. Nobody reads a file or the environment later.
 */
export interface LoadedConfig {
  readonly config: Config
  /** The file it came from; absent for `serve --legacy … --candidate …`. */
  readonly file?: string
  /** SDL texts by backend. */
  readonly schemas: { readonly legacy?: string; readonly candidate?: string }
  /** Documents that the backends have stored, by their ids. */
  readonly documents: readonly ManifestEntry[]
  readonly certificates: Certificates
  /** Rules in file order, those of packs first; expired ones are among them. */
  readonly rules: readonly Rule[]
  /** Plans of this environment, in file order. */
  readonly plans: readonly Plan[]
  /** Secrets, by what they are for; read from the environment variables that the config names. */
  readonly secrets: {
    readonly adminToken?: string
    /** May read everything and change nothing. */
    readonly viewerToken?: string
    readonly launchDarklySdkKey?: string
    /** May change flags in LaunchDarkly; absent: Banyan changes none. */
    readonly launchDarklyApiToken?: string
    /** One for each member of `notify`, in its order. */
    readonly webhooks: readonly { readonly url: string; readonly secret?: string }[]
    /** Key of the hashes that stand for values in examples; one of this run where the config names none. */
    readonly hashKey: string
    /** Key under which clients and requests are counted; where the config names none, that of this start until the store gives that of the first one. */
    readonly countingKey: string
  }
  /** `OTEL_*` variables as set, for telemetry. */
  readonly otel: Readonly<Record<string, string>>
  /** Number of edge processes, decided. */
  readonly workers: number
}
