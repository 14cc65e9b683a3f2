import type { Store } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'

const PRUNE_MS = 3_600_000
const DAY_MS = 86_400_000

/** Has what is older than the retention deleted, once an hour. */
export function startPruning(store: Store, retentionDays: number, log: Log): NodeJS.Timeout {
  const prune = async (): Promise<void> => {
    const before = Date.now() - retentionDays * DAY_MS
    await store.evidence.prune(before)
    await store.reveals.dropReveals(before)
    await store.deliveries.pruneDeliveries(before)
  }
  const onFault = (error: unknown): void => log.error({ error: String(error) }, 'pruning failed')
  return setInterval(() => void prune().catch(onFault), PRUNE_MS)
}
