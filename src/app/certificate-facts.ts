import { X509Certificate } from 'node:crypto'
import type { Certificates } from '../core/exchange/tls.ts'
import type { ControlFacts } from '../telemetry/metrics.ts'

/** Our certificates by what they are for, and the seconds that they still hold. */
export function certificateFacts({ listen, admin, legacy, candidate }: Certificates): ControlFacts['certificates'] {
  const pairs = { listen, admin, legacy: legacy?.pair, candidate: candidate?.pair } as const
  return (['listen', 'admin', 'legacy', 'candidate'] as const).flatMap((use) => {
    const pair = pairs[use]
    if (pair === undefined) return []
    return [{ use, seconds: (new X509Certificate(pair.certificate).validToDate.getTime() - Date.now()) / 1_000 }]
  })
}
