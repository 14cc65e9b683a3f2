import { isDeepStrictEqual } from 'node:util'
import type { LoadedConfig } from '../config/loaded.ts'

/**
 * What a config that was read again asks for. `parts`: rules or certificates, which every process takes while it runs. `processes`: new processes. `start`: a start
 * of the whole, by somebody.
 */
export type ConfigChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'parts'; readonly rules: boolean; readonly certificates: boolean }
  | { readonly kind: 'processes' }
  | { readonly kind: 'start'; readonly keys: readonly string[] }

/** Keys that what outlives every process is made from: the listening socket, the store that one process owns, and files that the supervisor watches. */
const FIXED: Readonly<Record<string, (config: LoadedConfig['config']) => unknown>> = {
  'listen.host': ({ listen }) => listen.host,
  'listen.port': ({ listen }) => listen.port,
  'store.url': ({ store }) => store.url,
  'flags.provider': ({ flags }) => flags.provider,
  'flags.emergencyFile': ({ flags }) => flags.emergencyFile,
  'flags.lastKnown': ({ flags }) => ('lastKnown' in flags ? flags.lastKnown : undefined),
}

/** Compares what runs with what was read. */
export function changeOf(now: LoadedConfig, next: LoadedConfig): ConfigChange {
  const keys = Object.entries(FIXED).flatMap(([key, of]) => (isDeepStrictEqual(of(now.config), of(next.config)) ? [] : [key]))
  if (keys.length > 0) return { kind: 'start', keys }
  const { rules, certificates, ...rest } = now
  const { rules: nextRules, certificates: nextCertificates, ...nextRest } = next
  if (!isDeepStrictEqual(rest, nextRest)) return { kind: 'processes' }
  const change = { rules: !isDeepStrictEqual(rules, nextRules), certificates: !isDeepStrictEqual(certificates, nextCertificates) }
  return change.rules || change.certificates ? { kind: 'parts', ...change } : { kind: 'none' }
}

/** Keys that every reading makes up anew stay those of this run: hashes would not compare any more. */
export function sameRun(now: LoadedConfig, next: LoadedConfig): LoadedConfig {
  if (next.config.privacy.hashKeyEnv !== undefined) return next
  const { hashKey, countingKey } = now.secrets
  return { ...next, secrets: { ...next.secrets, hashKey, countingKey } }
}
