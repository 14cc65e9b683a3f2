import { init } from '@launchdarkly/node-server-sdk'
import { TestData } from '@launchdarkly/node-server-sdk/integrations'
import type { Operation } from '../core/operation/operation.ts'
import { isEmergency } from '../core/routing/emergency.ts'
import { flagKey, type Flag } from '../core/routing/flag.ts'
import type { FlagSet, Segment } from '../core/routing/segment.ts'
import { evaluate, QUIET } from './engine.ts'
import type { StageSource } from './stage-source.ts'

/** Stages from our own store: whoever holds it calls `update` with everything, at the start, after every change, and to say that it still holds. */
export interface StoreStages extends StageSource {
  readonly update: (known: FlagSet) => void
}

/**
 * LaunchDarkly's engine fed by our own flag JSON: the same rules, segments and buckets as with LaunchDarkly itself, without its network. Its `TestData` is the
 * one public door for flags at run time.
 */
export function createStoreStages(now: () => number): StoreStages {
  const source = new TestData()
  const client = init('store', { updateProcessor: source.getFactory(), sendEvents: false, diagnosticOptOut: true, logger: QUIET })
  // Only to keep the engine from complaining at the end; its data are there at once.
  client.waitForInitialization({ timeout: 5 }).catch(() => undefined)
  let versions: ReadonlyMap<string, number> = new Map()
  let segmentVersions: ReadonlyMap<string, number> = new Map()
  let updatedAt = now()
  let emergency = false

  return {
    update({ flags, segments }) {
      // Before the flags that ask for them.
      const sets = segments.filter(isUsableSegment)
      for (const one of sets) if (segmentVersions.get(one.key) !== one.version) void source.usePreconfiguredSegment(one)
      // One that is gone stays in the engine too, and has nobody in it any more.
      for (const key of segmentVersions.keys())
        if (sets.every((one) => one.key !== key)) void source.usePreconfiguredSegment({ key, version: 0 })
      segmentVersions = new Map(sets.map(({ key, version }) => [key, version]))
      const usable = flags.filter(isUsable)
      // Said again, a flag costs the engine nothing.
      for (const flag of usable) if (versions.get(flag.key) !== flag.version) void source.usePreconfiguredFlag(flag)
      // A flag that is gone stays in the engine and is not asked for any more.
      versions = new Map(usable.map(({ key, version }) => [key, version]))
      updatedAt = now()
      emergency = isEmergency(usable)
    },
    assign(question) {
      const flag = keyOf(question.operation)
      const version = versions.get(flag)
      // Most operations have no flag: they cost a look-up, however many names a client invents.
      return version === undefined ? { stage: question.fallback, flag, reason: 'DEFAULT' } : evaluate(client, question, version)
    },
    emergency: () => emergency,
    staleness: () => (now() - updatedAt) / 1_000,
    close: async () => {
      await client.flush().catch(() => undefined)
      client.close()
    },
  }
}

/** Operations live as long as their documents are remembered; so do the keys of their flags, whose hash is known then. */
const keys = new WeakMap<Operation, string>()

function keyOf(operation: Operation): string {
  const known = keys.get(operation)
  if (known !== undefined) return known
  const key = flagKey(operation)
  keys.set(operation, key)
  return key
}

/** What the engine would stumble over at every evaluation, an unreadable row of the store say, is as good as no flag. */
function isUsable(flag: Flag): boolean {
  return (
    typeof flag.key === 'string' &&
    typeof flag.version === 'number' &&
    Array.isArray(flag.variations) &&
    typeof flag.fallthrough === 'object'
  )
}

function isUsableSegment({ key, version }: Segment): boolean {
  return typeof key === 'string' && typeof version === 'number'
}
