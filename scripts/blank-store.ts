import { renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { BLANK, openFolder } from '../src/storage/pglite-folder.ts'

rmSync(dirname(BLANK), { recursive: true, force: true })
// Beside its place at first: what is there is whole.
const made = `${BLANK}.made`
await (await openFolder(made)).close()
renameSync(made, BLANK)
