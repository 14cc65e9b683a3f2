import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

/** Version of this package. */
export const { version: VERSION } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string } // our own file

/** Folder of the built dashboard. */
export const ASSETS = fileURLToPath(new URL('dist/dashboard', root))
