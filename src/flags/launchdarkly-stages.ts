import { EMERGENCY_FLAG } from '../core/routing/emergency.ts'
import { flagKey } from '../core/routing/flag.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import { evaluate } from './engine.ts'
import { openLaunchDarkly, type LaunchDarklySettings } from './launchdarkly-feed.ts'
import { createStoreStages, type StoreStages } from './store-stages.ts'

export interface LaunchDarklyStagesSettings extends LaunchDarklySettings {
  readonly environment: string
}

/**
 * Stages from LaunchDarkly's stream. A lost stream leaves the last known values in force. Until the first ones came, those that were known from before hold (`update`); where
 * there are none, everything is `off`.
 */
export function createLaunchDarklyStages({ environment, ...settings }: LaunchDarklyStagesSettings): StoreStages {
  const feed = openLaunchDarkly(settings)
  const { client } = feed
  const before = createStoreStages(settings.now)
  let isKnownBefore = false
  let emergency = false
  // Asked when it changes and not at every request; without such a flag the answer is no.
  feed.onChange(() => {
    client
      .boolVariation(EMERGENCY_FLAG, { kind: 'environment', key: environment }, false)
      .then((on) => (emergency = on))
      .catch(() => undefined)
  })

  return {
    update(known: FlagSet) {
      if (feed.ready()) return
      isKnownBefore = true
      before.update(known)
    },
    assign(question) {
      if (!feed.ready()) {
        const flag = flagKey(question.operation)
        return isKnownBefore ? before.assign(question) : { stage: 'off', flag, reason: 'CLIENT_NOT_READY' }
      }
      const version = feed.version(flagKey(question.operation))
      // Most operations have no flag: they cost a look-up, and no line in the SDK's log, however many names a client invents.
      return version === undefined
        ? { stage: question.fallback, flag: flagKey(question.operation), reason: 'DEFAULT' }
        : evaluate(client, question, version)
    },
    emergency: () => (feed.ready() ? emergency : before.emergency()),
    staleness: () => feed.staleness(),
    close: async () => {
      await Promise.all([feed.close(), before.close()])
    },
  }
}
