import { afterAll, beforeAll, describe } from 'vitest'
import { postgresMissing, startPostgres, type TestPostgres } from './postgres.ts'

/** Tests on a server of PostgreSQL that is theirs; they are skipped, and say why, where there is none. */
export function describeOnPostgres(name: string, tests: (postgres: () => TestPostgres) => void): void {
  describe.skipIf(postgresMissing !== undefined)(`${name}${postgresMissing === undefined ? '' : ` (${postgresMissing})`}`, () => {
    let postgres: TestPostgres
    beforeAll(async () => {
      postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    tests(() => postgres)
  })
}
