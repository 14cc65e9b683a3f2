import type { LoadedConfig } from '../config/loaded.ts'
import type { SettledBy } from '../core/evidence/settled.ts'

/** When what edges count is complete: after the longest that an origin may take, and may take once more. */
export function settledByOf({ backends, mirror, guard }: LoadedConfig['config']): SettledBy {
  const again = mirror.confirm.perSecond === 0 ? 0 : Math.max(mirror.confirm.delayMs, mirror.nearWriteMs) + mirror.timeoutMs
  return {
    timeoutMs: Math.max(backends.legacy.timeoutMs, backends.candidate.timeoutMs, mirror.timeoutMs) + again,
    absenceMs: guard.absence,
  }
}
