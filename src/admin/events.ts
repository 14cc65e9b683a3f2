import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { ControlPlane } from './control-plane.ts'
import { refuse } from './refuse.ts'

export interface EventPace {
  /** Dashboards and CLIs that listen at once. */
  readonly maxListeners: number
  /** Least time between two events, in milliseconds: a page reloads its figures at each, and a person reads no faster. */
  readonly intervalMs: number
  /** Longest silence, in milliseconds: proxies close lines that are silent for a minute, and a page tells a dead line from a quiet one. */
  readonly heartbeatMs: number
}

export const EVENT_PACE: EventPace = { maxListeners: 100, intervalMs: 1_000, heartbeatMs: 10_000 }

/**
 * Tells listeners of changes: `change` when there is something new, `still` when there is not and the line is up. Both come without data: listeners ask for
 * what they show. One that reads slowly gets fewer events, never a queue of them.
 */
export function createEvents(plane: Pick<ControlPlane, 'onChange'>, { maxListeners, intervalMs, heartbeatMs }: EventPace = EVENT_PACE) {
  let listeners = 0
  return (c: Context): Response => {
    if (listeners >= maxListeners)
      return refuse(c, 503, 'TOO_MANY_LISTENERS', `${maxListeners} listeners are there already`, 'close a dashboard')
    listeners += 1
    return streamSSE(c, async (stream) => {
      const rest = new Rest()
      // A new listener may have missed something.
      let changed = true
      const stop = plane.onChange(() => {
        changed = true
        rest.end('heartbeat')
      })
      stream.onAbort(() => rest.end('interval', 'heartbeat'))
      while (!stream.aborted) {
        const event = changed ? 'change' : 'still'
        changed = false
        await stream.writeSSE({ event, data: '' })
        if (event === 'change') await rest.of('interval', intervalMs)
        if (!changed && !stream.aborted) await rest.of('heartbeat', heartbeatMs)
      }
      stop()
      listeners -= 1
    })
  }
}

type RestName = 'interval' | 'heartbeat'

/** A pause that can be ended early. */
class Rest {
  #name: RestName | undefined
  #end = (): void => {}

  of(name: RestName, ms: number): Promise<void> {
    this.#name = name
    return new Promise((resolve) => {
      // A listener alone keeps no process alive.
      const timer = setTimeout(resolve, ms).unref()
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  end(...names: readonly RestName[]): void {
    if (this.#name !== undefined && names.includes(this.#name)) this.#end()
  }
}
