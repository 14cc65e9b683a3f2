import { existsSync, mkdirSync, rmSync, unwatchFile, watchFile, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Looked at by polling: works on every file system, and a second is soon enough. */
const POLL_MS = 500

/**
 * A file that sends everything to legacy while it exists, whatever it holds: the way back that needs no database, no LaunchDarkly and no control process. It is about
 * the replica that can see it.
 */
export class EmergencyFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get exists(): boolean {
    return existsSync(this.path)
  }

  /** @throws Error when the folder cannot be written */
  write(who: string, why: string, now: Date): void {
    mkdirSync(dirname(this.path), { recursive: true })
    writeFileSync(this.path, `${JSON.stringify({ at: now.toISOString(), who, why })}\n`)
  }

  remove(): void {
    rmSync(this.path, { force: true })
  }

  /** Tells whenever it came or went. Gives back what ends it. */
  watch(onChange: (exists: boolean) => void): () => void {
    let known = this.exists
    const look = (): void => {
      const exists = this.exists
      if (exists === known) return
      known = exists
      onChange(exists)
    }
    watchFile(this.path, { interval: POLL_MS }, look)
    return () => unwatchFile(this.path, look)
  }
}
