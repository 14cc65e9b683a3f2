import { bigint, index, integer, jsonb, pgTable, primaryKey, serial, text } from 'drizzle-orm/pg-core'
import type { Example } from '../core/comparison/group.ts'
import type { Evidence } from '../core/evidence/evidence.ts'
import type { Flag } from '../core/routing/flag.ts'

/** Times are milliseconds since the epoch, as everywhere in Banyan; a double holds them exactly. */
const at = (name: string) => bigint(name, { mode: 'number' }).notNull()

export const operations = pgTable('operations', {
  key: text().primaryKey(),
  type: text().notNull(),
  name: text(),
  signature: text().notNull(),
  document: text().notNull(),
  firstSeen: at('first_seen'),
  lastSeen: at('last_seen'),
})

/** One row an operation, region, stage and window, whatever the traffic: several edges add to the same row. */
export const evidence = pgTable(
  'evidence',
  {
    operation: text().notNull(),
    region: text().notNull(),
    stage: text().notNull(),
    window: at('window_start'),
    counts: jsonb().$type<Evidence>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.window, table.operation, table.region, table.stage] })],
)

/** The newest batch of each edge: one that comes twice is known by it. */
export const sources = pgTable('evidence_sources', { source: text().primaryKey(), seq: integer().notNull(), lastSeen: at('last_seen') })

export const groups = pgTable(
  'groups',
  {
    id: text().primaryKey(),
    class: text().notNull(),
    kind: text().notNull(),
    coordinate: text().notNull(),
    resolution: text().notNull(),
    legacyShape: text('legacy_shape').notNull(),
    candidateShape: text('candidate_shape').notNull(),
    relation: text(),
    firstSeen: at('first_seen'),
    lastSeen: at('last_seen'),
    examples: jsonb().$type<readonly Example[]>().notNull(),
  },
  (table) => [index('groups_last_seen').on(table.lastSeen)],
)

export const groupCounts = pgTable(
  'group_counts',
  {
    group: text('group_id')
      .notNull()
      .references(() => groups.id, { onDelete: 'cascade' }),
    operation: text().notNull(),
    region: text().notNull(),
    count: bigint({ mode: 'number' }).notNull(),
    noise: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.group, table.operation, table.region] })],
)

export const flags = pgTable('flags', { key: text().primaryKey(), version: integer().notNull(), flag: jsonb().$type<Flag>().notNull() })

export const audit = pgTable('audit', {
  id: serial().primaryKey(),
  at: at('at'),
  who: text().notNull(),
  target: text().notNull(),
  region: text().notNull(),
  from: text('from_state').notNull(),
  to: text('to_state').notNull(),
  why: text().notNull(),
})
