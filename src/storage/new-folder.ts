import { existsSync, readdirSync } from 'node:fs'

/** Whether nothing was ever stored in a folder: it is empty, or its database was never made to its end. The caller holds the folder's lock. */
export function isNewFolder(folder: string): boolean {
  return existsSync(unfinishedOf(folder)) || readdirSync(folder).length === 0
}

/** Stands beside the folder while it is being made: what a killed process left half made has no rows yet and is made anew. */
export function unfinishedOf(folder: string): string {
  return `${folder}.unfinished`
}
