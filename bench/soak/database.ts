import { door } from '../../test/support/door.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import type { Finished } from '../../test/support/sockets.ts'

/** A real PostgreSQL that goes away and comes back. */
export interface Database {
  readonly url: string
  readonly leave: () => void
  readonly comeBack: () => void
}

export async function startDatabase(finished: Finished): Promise<Database> {
  const postgres = await startPostgres()
  finished(() => postgres.stop())
  const url = new URL(await postgres.database())
  const front = await door(url, finished)
  return {
    url: Object.assign(new URL(url.href), { port: String(front.port) }).href,
    leave: () => front.shut(),
    comeBack: () => (front.open = true),
  }
}
