import { resolve } from 'node:path'
import { openPglite } from './pglite-client.ts'
import { openPostgres } from './postgres.ts'
import type { OnFault, Store } from './store.ts'

const EMBEDDED = 'pglite:'

/**
 * Opens the store that a URL names: `pglite:<folder>` or `postgres://…`.
 * @throws BanyanError STORE_LOCKED, STORE_UNUSABLE, STORE_UNREACHABLE
 */
export function openStore(url: string, onFault: OnFault = () => {}): Promise<Store> {
  return url.startsWith(EMBEDDED) ? openPglite(resolve(url.slice(EMBEDDED.length)), onFault) : openPostgres(url, { onFault })
}
