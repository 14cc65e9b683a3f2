import { init, type LDOptions } from '@launchdarkly/node-server-sdk'
import { EMERGENCY_FLAG } from '../core/routing/emergency.ts'
import { flagKey } from '../core/routing/flag.ts'
import { evaluate, QUIET } from './engine.ts'
import type { StageSource } from './stage-source.ts'

export interface LaunchDarklySettings {
  readonly sdkKey: string
  /** A Relay Proxy, or a stand-in; LaunchDarkly itself when absent. */
  readonly streamUri?: string
  readonly environment: string
  /** Milliseconds by a monotonic clock. */
  readonly now: () => number
}

/** The SDK warns above a minute and rejects at the end of it; the router serves legacy meanwhile. */
const INIT_TIMEOUT_S = 10

/**
 * Stages from LaunchDarkly's stream. A lost stream leaves the last known values in force; an SDK that never had any answers `off` for flags it cannot know, and the
 * operator's own policy holds for operations that have no flag. The SDK says nothing of a connection that it lost after the start, so
 * staleness is known for sure only until the first data came.
 */
export function createLaunchDarklyStages({ sdkKey, streamUri, environment, now }: LaunchDarklySettings): StageSource {
  const endpoints = streamUri === undefined ? {} : { streamUri, baseUri: streamUri, eventsUri: streamUri }
  const options: LDOptions = { ...endpoints, logger: QUIET, diagnosticOptOut: true, capacity: 10_000 }
  const client = init(sdkKey, options)
  const startedAt = now()
  // Both are told by `staleness` and by stages that stay `off`; neither may end the process.
  client.waitForInitialization({ timeout: INIT_TIMEOUT_S }).catch(() => undefined)
  client.on('error', () => {})
  client.on('failed', () => {})
  let emergency = false
  // Asked when it changes and not at every request; without such a flag the answer is no.
  const ask = (): void =>
    void client
      .boolVariation(EMERGENCY_FLAG, { kind: 'environment', key: environment }, false)
      .then((on) => (emergency = on))
      .catch(() => undefined)
  client.on('ready', ask)
  client.on(`update:${EMERGENCY_FLAG}`, ask)

  return {
    assign(question) {
      if (!client.initialized()) return { stage: 'off', flag: flagKey(question.operation), reason: 'CLIENT_NOT_READY' }
      const assignment = evaluate(client, question, undefined)
      return assignment.reason.startsWith('ERROR:FLAG_NOT_FOUND')
        ? { ...assignment, stage: question.fallback, reason: 'DEFAULT' }
        : assignment
    },
    emergency: () => emergency,
    staleness: () => (client.initialized() ? 0 : (now() - startedAt) / 1_000),
    close: async () => {
      await client.flush().catch(() => undefined)
      client.close()
    },
  }
}
