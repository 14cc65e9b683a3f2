import { eq, getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { facetsOf } from '../../src/core/comparison/facet.ts'
import type { Database } from '../../src/storage/database.ts'
import { createDeliveryStore } from '../../src/storage/deliveries.ts'
import { createEvidenceStore } from '../../src/storage/evidence.ts'
import { openFolder } from '../../src/storage/pglite-folder.ts'
import * as schema from '../../src/storage/schema.ts'
import { batch, cell, group, NOW, operation } from '../contract/batches.ts'
import { makeTemplate } from './stores.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const RETENTION_DAYS = 30
/** Written by what people and plans do, a row each, and kept as their record or state. */
const KEPT: ReadonlySet<string> = new Set(['flags', 'segments', 'secrets', 'audit', 'plans', 'uptime', 'positions', 'triage', 'reveals'])

let db: Database
let size: () => Promise<number>
let vacuum: () => Promise<unknown>
let close: () => Promise<void>
beforeAll(async () => {
  const template = await makeTemplate()
  const client = await openFolder(template.folder)
  db = drizzle(client)
  size = async () => {
    const { rows } = await client.query<{ size: string }>('select pg_database_size(current_database()) as size')
    return Number(rows[0]?.size)
  }
  vacuum = () => client.exec('vacuum')
  close = async () => {
    await client.close()
    template.remove()
  }
})
afterAll(() => close())

const TABLES = (Object.values(schema) as readonly unknown[]).filter((one): one is PgTable => is(one, PgTable))

async function rows(): Promise<Record<string, number>> {
  const counted = await Promise.all(TABLES.map(async (table) => [getTableName(table), await db.$count(table)] as const))
  return Object.fromEntries(counted.filter(([name]) => !KEPT.has(name)))
}

/** A day of new operations, edges, clients and groups, one of which is seen every day. */
async function day(index: number): Promise<void> {
  const at = NOW + index * DAY_MS
  const name = `D${index}`
  const facets = Array.from({ length: 24 }, (_, hour) => facetsOf({ at: at + hour * HOUR_MS, client: name, build: name })).flat()
  const seenIn = (id: string) => ({
    ...group(id, at),
    facets,
    counts: [{ operation: operation(name).key, region: 'eu', count: 1, noise: 0 }],
  })
  await createEvidenceStore(db, vacuum).append(
    batch(`edge of ${name}`, 1, {
      cells: Array.from({ length: 24 }, (_, hour) => cell(operation(name).key, 1, at + hour * HOUR_MS)),
      operations: [{ ...operation(name), firstSeen: at, lastSeen: at }],
      groups: [seenIn(`group of ${name}`), seenIn('every day')],
    }),
  )
  // The clock of the database is no other than that of the machine.
  await db
    .update(schema.sources)
    .set({ lastSeen: at })
    .where(eq(schema.sources.source, `edge of ${name}`))
  await db.insert(schema.deliveries).values({ receiver: 'r', notice: name, at, content: {} as never, attempts: 1, due: null })
  const before = at - RETENTION_DAYS * DAY_MS
  await createEvidenceStore(db, vacuum).prune(before)
  await createDeliveryStore(db).pruneDeliveries(before)
}

test(
  'no table grows with time: after the retention there are as many rows every day, and the file is as large',
  { timeout: 300_000 },
  async () => {
    for (let index = 0; index < 45; index += 1) await day(index)
    const [then, large] = [await rows(), await size()]
    for (let index = 45; index < 90; index += 1) await day(index)
    expect(await rows()).toEqual(then)
    expect((await size()) - large).toBeLessThan(1_000_000)
  },
)
