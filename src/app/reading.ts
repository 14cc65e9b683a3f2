import type { LoadedConfig } from '../config/loaded.ts'
import { commonReading, type Reading } from '../core/operation/profile.ts'

/** What both backends make of requests, by what the operator says of them. */
export function readingOf({ config: { backends, persisted, listen } }: Pick<LoadedConfig, 'config'>): Reading {
  const batches = backends.legacy.batches && backends.candidate.batches
  return commonReading(backends.legacy.profile, backends.candidate.profile, {
    idMembers: persisted.idMembers,
    pathIds: { path: listen.path, patterns: persisted.pathIds },
    batches,
  })
}
