import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'

/** A folder that goes with its test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The store, closed when the test ends. */
export async function closedLater(opening: Promise<Store>): Promise<Store> {
  const store = await opening
  onTestFinished(() => store.close())
  return store
}

export interface Template {
  /** The data folder itself. */
  readonly folder: string
  /** A data folder with an empty database in it. */
  copy(): string
  remove(): void
}

/** Making a database takes seconds; copying one that was made does not. */
export async function makeTemplate(): Promise<Template> {
  const place = mkdtempSync(join(tmpdir(), 'banyan-template-'))
  const folder = join(place, 'data')
  const store = await openStore(`pglite:${folder}`)
  await store.close()
  return {
    folder,
    copy() {
      const copied = join(temporaryFolder(), 'data')
      cpSync(folder, copied, { recursive: true })
      return copied
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}
