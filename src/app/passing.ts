import type { LoadedConfig } from '../config/loaded.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import type { Route } from '../core/routing/route-table.ts'
import type { Client, Primary } from '../upstream/primary.ts'
import { ObscuredWrites, type ObscuredDeps } from './obscured-writes.ts'
import type { Stages } from './stages.ts'

export interface PassDeps extends ObscuredDeps {
  readonly stages: Pick<Stages, 'emergency'>
}

/** What becomes of a request that is no operation: it goes to the backend that its route names, or else to legacy, as it is. */
export type Pass = (inbound: Inbound, client: Client, route: Route | undefined) => void

export function createPass(loaded: LoadedConfig, primary: Primary, { stages, ...deps }: PassDeps): Pass {
  const obscured = ObscuredWrites.open(loaded, deps)
  return (inbound, client, route) => {
    const origin = route?.kind === 'passed' && !stages.emergency ? route.origin : 'legacy'
    const done = obscured?.followed(inbound, client.stream !== undefined) ?? ((): void => undefined)
    primary(inbound, { primary: origin }, client, { graphql: false }, done)
  }
}
