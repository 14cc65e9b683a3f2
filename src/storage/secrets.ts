import { eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { secrets } from './schema.ts'

/** What was made at the first start. */
export interface SecretStore {
  /** The secret of a name; `fresh` from now on where there is none. */
  secret(name: string, fresh: string): Promise<string>
}

export function createSecretStore(db: Database): SecretStore {
  return {
    secret: async (name, fresh) => {
      // Of several first starts at once one is the first.
      await db.insert(secrets).values({ name, value: fresh }).onConflictDoNothing()
      const [row] = await db.select({ value: secrets.value }).from(secrets).where(eq(secrets.name, name))
      return row?.value ?? fresh
    },
  }
}
