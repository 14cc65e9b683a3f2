import { resolve } from 'node:path'
import { takePglite } from './pglite-client.ts'
import { openPostgres } from './postgres.ts'
import type { OnFault, Store, Taken } from './store.ts'

const EMBEDDED = 'pglite:'

/**
 * Takes the store that a URL names: `pglite:<folder>` or `postgres://…`. An embedded one may still be opening.
 * @throws BanyanError STORE_LOCKED, STORE_UNUSABLE, STORE_UNREACHABLE
 */
export async function takeStore(url: string, onFault: OnFault = () => {}): Promise<Taken> {
  if (url.startsWith(EMBEDDED)) return takePglite(resolve(url.slice(EMBEDDED.length)), onFault)
  // What other replicas wrote to a database is not known before it was asked.
  return { store: await openPostgres(url, { onFault }), isNew: false, opened: Promise.resolve() }
}

/**
 * The same, and waits until it is open.
 * @throws BanyanError STORE_LOCKED, STORE_UNUSABLE, STORE_UNREACHABLE
 */
export async function openStore(url: string, onFault?: OnFault): Promise<Store> {
  const { store, opened } = await takeStore(url, onFault)
  await opened
  return store
}
