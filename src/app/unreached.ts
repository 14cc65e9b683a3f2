import type { Origin } from '../core/routing/stage.ts'
import type { Log } from '../telemetry/log.ts'

/** How long the same is not said again, in milliseconds. */
const AGAIN_MS = 60_000
/** Of a text that may have parts of a backend's certificate in it. */
const MAX_REASON = 300

/**
 * Says in the log why no connection to a backend can be made: what is counted, and what clients are told, names the kind of failure alone.
 * @param now milliseconds of a monotonic clock
 */
export function createUnreached(origin: Origin, log: Pick<Log, 'warn'>, now: () => number): (error: Error, address: string) => void {
  const said = new Map<string, number>()
  return (error, address) => {
    const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
    const cause = first instanceof Error ? first : error
    const code = 'code' in cause ? String(cause.code) : cause.name
    const time = now()
    if (time - (said.get(code) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return
    said.set(code, time)
    log.warn({ origin, address, code, reason: cause.message.slice(0, MAX_REASON) }, `no connection to ${origin} can be made`)
  }
}
