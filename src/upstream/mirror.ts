import type { Dispatcher } from 'undici'
import type { Failure, Observation, RawHeaders } from '../core/exchange/exchange.ts'
import type { Origin, Role } from '../core/routing/stage.ts'
import { wholeOf } from './chunks.ts'
import { failureOf } from './failure.ts'
import { GivenUp } from './given-up.ts'
import { textLines } from './lines.ts'
import type { Upstream } from './pool.ts'

/** One request for the record. */
export interface Mirrored {
  readonly upstream: Upstream
  readonly origin: Origin
  readonly role: Exclude<Role, 'primary'>
  readonly method: string
  readonly target: string
  readonly headers: RawHeaders
  readonly body: Buffer | null
  /** Most bytes of the answer that are read; past it the connection is dropped. */
  readonly maxBytes: number
  /** Makes a copy of each part of the answer; where it has no room for one the connection is dropped. */
  readonly keep: (part: Buffer) => Buffer | undefined
  /** Longest time from asking to the last byte, whatever trickles in meanwhile. */
  readonly timeoutMs: number
}

/** Asks an origin and keeps its whole answer. Never rejects: what went wrong is in the observation. Redirects are answers. */
export function ask(mirrored: Mirrored): Promise<Observation> {
  return new Promise((resolve) => {
    const { upstream, origin, role, method, target, headers, body, maxBytes, keep, timeoutMs } = mirrored
    const startedAt = Date.now()
    const start = performance.now()
    const chunks: Buffer[] = []
    let bytes = 0
    let interims = 0
    let status = 0
    let lines: RawHeaders = []
    let firstByte: number | undefined
    let abort: ((reason: Error) => void) | undefined
    let cause: Failure | undefined

    const elapsed = (): number => (performance.now() - start) / 1_000
    const observed = () => ({ origin, role, startedAt, duration: elapsed(), ...(firstByte === undefined ? {} : { firstByte }) })
    const stop = (failure: Failure): void => {
      cause ??= failure
      if (abort === undefined) fail(undefined)
      else abort(new GivenUp())
    }
    const fail = (error: unknown): void => {
      clearTimeout(timer)
      resolve({ ...observed(), outcome: 'failed', failure: cause ?? failureOf(error), ...(status === 0 ? {} : { status }) })
    }
    // undici's own timers are coarse and start again with every part; this one covers the whole exchange.
    const timer = setTimeout(stop, timeoutMs, 'timeout')

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        abort = (reason) => controller.abort(reason)
        if (cause !== undefined) abort(new GivenUp())
      },
      onResponseStart: (controller, code) => {
        if (code < 200) {
          interims += 1
          if (interims > MAX_INTERIMS) stop('invalid-response')
          return
        }
        status = code
        firstByte = elapsed()
        lines = textLines(controller.rawHeaders)
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length
        if (cause !== undefined) return
        const kept = bytes > maxBytes ? undefined : keep(chunk)
        if (kept === undefined) stop(bytes > maxBytes ? 'over-cap' : 'no-room')
        else chunks.push(kept)
      },
      onResponseEnd: () => {
        clearTimeout(timer)
        resolve({ ...observed(), outcome: 'answered', answer: { status, headers: lines, body: wholeOf(chunks) } })
      },
      onResponseError: (_controller, error) => fail(error),
    }
    try {
      upstream.ask({ method, path: target, headers, body }, handler)
    } catch (error) {
      fail(error)
    }
  })
}

/** Interim answers before the answer; servers send one or two. */
const MAX_INTERIMS = 32
