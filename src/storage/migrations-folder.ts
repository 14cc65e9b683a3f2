import { join } from 'node:path'

/** Folder of the generated SQL migrations. */
export const MIGRATIONS = join(import.meta.dirname, 'migrations')
