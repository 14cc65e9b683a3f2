import type { Status } from '../admin/control-plane.ts'
import type { Config } from '../config/schema.ts'
import type { EdgeGauges } from '../telemetry/gauges.ts'
import type { ProcessFacts } from './messages.ts'
import { VERSION } from './package.ts'
import { regionsOf } from './segment-desk.ts'

/** What the control process knows of itself and the tree. */
export interface Known extends Pick<Status, 'startedAt' | 'storeUp' | 'store' | 'rules' | 'reveals'> {
  readonly config: Config
  readonly tree: readonly ProcessFacts[]
  /** What each edge said last, by its name. */
  readonly gauges: ReadonlyMap<string, EdgeGauges>
  /** This process sent everything to legacy; edges may know of more. */
  readonly emergency: boolean
}

export function statusOf({ config, tree, gauges, startedAt, storeUp, store, emergency, rules, reveals }: Known): Status {
  const said = [...gauges.values()]
  return {
    version: VERSION,
    environment: config.environment,
    regions: regionsOf(config),
    startedAt,
    ...readinessOf(tree),
    storeUp,
    emergency: emergency || said.some((edge) => edge.emergency),
    ...(said.length === 0 ? {} : { flagsStaleness: Math.max(...said.map(({ flagsStaleness }) => flagsStaleness)) }),
    store,
    provider: config.flags.provider,
    legacy: withoutCredentials(config.backends.legacy.url),
    candidate: withoutCredentials(config.backends.candidate.url),
    rules,
    reveals,
    processes: tree.map((facts) => ({ ...facts, shadowRestarts: gauges.get(facts.name)?.shadowRestarts ?? 0 })),
  }
}

/** Clients are served as soon as one edge is there. */
function readinessOf(tree: readonly ProcessFacts[]): Pick<Status, 'ready' | 'notReady'> {
  const ready = tree.some((one) => one.name !== 'control' && one.ready)
  return ready ? { ready } : { ready, notReady: 'no edge has started' }
}

/** An address as anybody may see it. */
function withoutCredentials(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href
}
