import { fileURLToPath } from 'node:url'

/** Folder of the generated SQL migrations. */
export const MIGRATIONS = fileURLToPath(new URL('../../src/storage/migrations', import.meta.url))
