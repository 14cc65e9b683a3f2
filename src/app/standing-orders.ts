import { resolve } from 'node:path'
import type { LoadedConfig } from '../config/loaded.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import { LastKnownFlags } from '../flags/last-known.ts'
import type { Log } from '../telemetry/log.ts'
import type { Child } from './child.ts'
import type { ControlOrder } from './messages.ts'

/** What control says to all edges when it changes, and every edge must know before it serves. */
const KEPT: ReadonlySet<ControlOrder['kind']> = new Set(['flags', 'accepted', 'reveals', 'ceilings', 'counting-key'])

/** The newest orders of each kind, so that a new edge knows them even while control is gone; the flags in a file as well, for a start without a store. */
export class StandingOrders {
  readonly #log: Log
  readonly #lastKnown: LastKnownFlags | undefined
  readonly #orders = new Map<ControlOrder['kind'], ControlOrder>()

  constructor({ config: { flags, store }, secrets }: LoadedConfig, log: Log) {
    this.#log = log
    // An embedded store is never away: it is on this machine, or it is broken and somebody has to look.
    if (flags.provider === 'store' && !store.url.startsWith('pglite:'))
      this.#lastKnown = new LastKnownFlags(resolve(flags.lastKnown), store.url)
    if (flags.provider === 'launchdarkly') {
      this.#lastKnown = new LastKnownFlags(resolve(flags.lastKnown), secrets.launchDarklySdkKey ?? '')
      // LaunchDarkly may be away at the start; edges go by these until it answers.
      this.recall()
    }
  }

  keep(order: ControlOrder): void {
    if (KEPT.has(order.kind)) this.#orders.set(order.kind, order)
    if (order.kind !== 'flags') return
    try {
      this.#lastKnown?.write(order.known, new Date())
    } catch (error) {
      this.#log.warn({ error: error instanceof Error ? error.message : String(error) }, 'the last known flags cannot be kept')
    }
  }

  /** The newest flags: those of this run, or of one before it. */
  recall(): FlagSet | undefined {
    const order = this.#orders.get('flags')
    if (order?.kind === 'flags') return order.known
    const known = this.#lastKnown?.read()
    if (known !== undefined) this.#orders.set('flags', { kind: 'flags', known })
    return known
  }

  tell(edge: Child): void {
    for (const order of this.#orders.values()) edge.send({ kind: 'order', order })
  }
}
