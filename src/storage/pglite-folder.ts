import { hash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { MIGRATIONS } from './migrations-folder.ts'
import { unfinishedOf } from './new-folder.ts'

/** Small segments bound the log that has to be kept and replayed: 64 MB instead of 1 GB. Fixed when the folder is made. */
const INIT_PARAMS = ['--wal-segsize=1']
/** A quarter of the memory that PGlite takes by default goes a long way: the file system caches the rest. */
const START_PARAMS = [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB']

/** A store without rows that the build made, of these tables: PGlite takes seconds of a core to make one, and copying it takes a tenth. */
export const BLANK = join(fileURLToPath(new URL('../../dist/blank-store', import.meta.url)), hash('sha256', journal()).slice(0, 16))

/**
 * Opens the database of a folder, which is made where there is none, and brings its tables up to date. The caller holds the folder's lock.
 * @param blank copied for a new one, where it is there
 */
export async function openFolder(folder: string, blank = BLANK): Promise<PGlite> {
  const unfinished = unfinishedOf(folder)
  mkdirSync(folder, { recursive: true })
  if (existsSync(unfinished)) empty(folder)
  const isDatabase = existsSync(join(folder, 'PG_VERSION'))
  if (!isDatabase && readdirSync(folder).length > 0) throw new Error('it has other files in it and no database')
  if (!isDatabase) writeFileSync(unfinished, '')
  if (!isDatabase && existsSync(blank)) cpSync(blank, folder, { recursive: true })
  const client = await PGlite.create(folder, { initDbStartParams: INIT_PARAMS, startParams: START_PARAMS })
  await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
  rmSync(unfinished, { force: true })
  return client
}

/** Changes with the tables. */
function journal(): string {
  return readFileSync(join(MIGRATIONS, 'meta/_journal.json'), 'utf8')
}

/** Keeps the folder itself: it may be a mounted volume. */
function empty(folder: string): void {
  for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true })
}
