import { init, type LDClient, type LDLogger, type LDOptions } from '@launchdarkly/node-server-sdk'
import type { FlagSet } from '../core/routing/segment.ts'
import { FeedStore } from './feed-store.ts'

export interface LaunchDarklySettings {
  readonly sdkKey: string
  /** A Relay Proxy, or a stand-in; LaunchDarkly itself when absent. */
  readonly streamUri?: string
  /** Whether LaunchDarkly is told what was evaluated, and for whom. */
  readonly events: boolean
  /** Milliseconds by a monotonic clock. */
  readonly now: () => number
}

/** Flags as LaunchDarkly streams them, by its SDK. */
export interface LaunchDarklyFeed {
  readonly client: LDClient
  /** Whether there ever were any. */
  readonly ready: () => boolean
  readonly content: () => FlagSet
  readonly version: (key: string) => number | undefined
  /** Seconds since the flags were last known to be fresh; since the start where they never were. */
  readonly staleness: () => number
  /** Calls back after every change. */
  readonly onChange: (listener: () => void) => void
  readonly close: () => Promise<void>
}

/** The SDK warns above a minute and rejects at the end of it; the router serves what it knows meanwhile. */
const INIT_TIMEOUT_S = 10

/**
 * The SDK has no word for a stream that was lost after the start but a line in its log, and none at all for a patch that it could not read but another; so these lines
 * are read, and a test says that they are still the same. Each stays true until everything is sent anew. A connection that is dead without a sign is found by the
 * SDK after five minutes without a heartbeat.
 */
export function openLaunchDarkly({ sdkKey, streamUri, events, now }: LaunchDarklySettings): LaunchDarklyFeed {
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  let ready = false
  let lostAt: number | undefined = now()
  const store = new FeedStore(() => {
    ready = true
    lostAt = undefined
    changed()
  }, changed)
  const trouble = (line: unknown): void => {
    if (/\bstream/i.test(String(line))) lostAt ??= now()
  }
  const ignore = (): void => {}
  const logger: LDLogger = { error: trouble, warn: trouble, info: ignore, debug: ignore }
  const endpoints = streamUri === undefined ? {} : { streamUri, baseUri: streamUri, eventsUri: streamUri }
  const options: LDOptions = { ...endpoints, logger, featureStore: store, sendEvents: events, diagnosticOptOut: true, capacity: 10_000 }
  const client = init(sdkKey, options)
  // All are told by `staleness`; none may end the process.
  client.waitForInitialization({ timeout: INIT_TIMEOUT_S }).catch(ignore)
  client.on('error', ignore)
  client.on('failed', ignore)

  return {
    client,
    ready: () => ready,
    content: () => store.content(),
    version: (key) => store.version(key),
    staleness: () => (lostAt === undefined ? 0 : (now() - lostAt) / 1_000),
    onChange: (listener) => void listeners.add(listener),
    close: async () => {
      listeners.clear()
      await client.flush().catch(ignore)
      client.close()
    },
  }
}
