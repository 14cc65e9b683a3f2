import { bigint, bigserial, index, integer, jsonb, pgSequence, pgTable, primaryKey, serial, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { DifferenceClass, Resolution } from '../core/comparison/comparison.ts'
import type { Facet } from '../core/comparison/facet.ts'
import type { Example } from '../core/comparison/group.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { Evidence } from '../core/evidence/evidence.ts'
import type { Ended } from '../core/evidence/settled.ts'
import type { OperationType } from '../core/operation/operation.ts'
import type { Notice } from '../core/rollout/notice.ts'
import type { PlanState, Position } from '../core/rollout/position.ts'
import type { Flag } from '../core/routing/flag.ts'
import type { Segment } from '../core/routing/segment.ts'
import type { Stage } from '../core/routing/stage.ts'
import type { Triage } from '../core/triage/triage.ts'

/** Times are milliseconds since the epoch, as everywhere in Banyan; a double holds them exactly. */
const at = (name: string) => bigint(name, { mode: 'number' }).notNull()

export const operations = pgTable('operations', {
  key: text().primaryKey(),
  type: text().$type<OperationType>().notNull(),
  name: text(),
  signature: text().notNull(),
  document: text().notNull(),
  firstSeen: at('first_seen'),
  lastSeen: at('last_seen'),
})

/** The cell and window that counts belong to, and the counts. */
const counted = {
  operation: text().notNull(),
  region: text().notNull(),
  stage: text().$type<Stage>().notNull(),
  /** Rules and build of the candidate; see `core/evidence/epoch.ts`. */
  epoch: text().notNull().default(''),
  window: at('window_start'),
  counts: jsonb().$type<Evidence>().notNull(),
}

/** Numbers of folds, in the order in which they became visible: one process folds at a time. */
export const folds = pgSequence('evidence_folds')

/**
 * One row a cell and window, whatever the traffic. `fold` is the newest fold that added to it and `since` the oldest: whoever read up to one fold reads on from
 * there. `coarse` says what a row stands for: 0 its window, 1 up to a minute, 2 up to an hour that ends with its window.
 */
export const evidence = pgTable(
  'evidence',
  {
    ...counted,
    fold: bigint({ mode: 'number' }).notNull().default(0),
    since: bigint({ mode: 'number' }).notNull().default(0),
    coarse: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.window, table.operation, table.region, table.stage, table.epoch] }),
    index('evidence_operation').on(table.operation, table.window),
    index('evidence_fold').on(table.fold),
  ],
)

/**
 * What the newest batches added, until it is folded into `evidence`. Edges of many replicas count in the same cells every second; if each added to the
 * one row of a cell, all would wait for its lock, and write its whole histograms again for a few requests. So an append only inserts and waits for
 * nobody; once a window is over, whoever comes first makes one row of its rows, and hours later one of an hour's. Readers add up both tables.
 */
export const deltas = pgTable('evidence_deltas', { id: bigserial({ mode: 'number' }).primaryKey(), ...counted }, (table) => [
  index('evidence_deltas_window').on(table.window),
])

/**
 * The newest batch of each edge: one that comes twice is known by it. `up_to` is the moment, by the edge's own clock, up to which everything that it counted is
 * here; `last_seen` is by the database's clock, which replicas share.
 */
export const sources = pgTable('evidence_sources', {
  source: text().primaryKey(),
  seq: integer().notNull(),
  lastSeen: at('last_seen'),
  upTo: bigint('up_to', { mode: 'number' }),
  ended: text().$type<Ended>(),
})

export const groups = pgTable(
  'groups',
  {
    id: text().primaryKey(),
    class: text().$type<DifferenceClass>().notNull(),
    kind: text().notNull(),
    coordinate: text().notNull(),
    resolution: text().$type<Resolution>().notNull(),
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
  (table) => [primaryKey({ columns: [table.group, table.operation, table.region] }), index('group_counts_operation').on(table.operation)],
)

/** Counts of a group by client, build and hour: a few rows each, whatever the traffic. */
export const groupFacets = pgTable(
  'group_facets',
  {
    group: text('group_id')
      .notNull()
      .references(() => groups.id, { onDelete: 'cascade' }),
    facet: text().$type<Facet>().notNull(),
    name: text().notNull(),
    count: bigint({ mode: 'number' }).notNull(),
    firstSeen: at('first_seen'),
    lastSeen: at('last_seen'),
  },
  (table) => [primaryKey({ columns: [table.group, table.facet, table.name] }), index('group_facets_last_seen').on(table.lastSeen)],
)

/**
 * What people decided about groups. It outlives its group: one that was accepted is not seen any more, and is forgotten by and by. The version of a row is
 * part of what it holds.
 */
export const triage = pgTable('triage', {
  group: text('group_id').primaryKey(),
  version: integer().notNull(),
  state: jsonb().$type<Triage>().notNull(),
})

/** Who revealed values, until when. A row stays until what was kept under it is long gone. */
export const reveals = pgTable('reveals', {
  id: text().primaryKey(),
  version: integer().notNull(),
  state: jsonb().$type<Reveal>().notNull(),
})

export const flags = pgTable('flags', { key: text().primaryKey(), version: integer().notNull(), flag: jsonb().$type<Flag>().notNull() })

/** A segment that was taken out keeps its row, without anybody in it: versions only grow, and every replica hears of it. */
export const segments = pgTable('segments', {
  key: text().primaryKey(),
  version: integer().notNull(),
  segment: jsonb().$type<Segment | null>(),
})

/** What is made once, at the first start, and shared by all replicas from then on. */
export const secrets = pgTable('secrets', {
  name: text().primaryKey(),
  value: text().notNull(),
})

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

/** What people decided about plans, and how far units have come in them. The version of a row is part of what it holds. */
export const plans = pgTable('plans', {
  plan: text().primaryKey(),
  version: integer().notNull(),
  state: jsonb().$type<PlanState>().notNull(),
})

/** One row: for how long some control was up, in milliseconds. It only grows. */
export const uptime = pgTable('uptime', {
  id: integer().primaryKey(),
  ms: bigint({ mode: 'number' }).notNull(),
})

export const positions = pgTable(
  'positions',
  {
    plan: text().notNull(),
    unit: text().notNull(),
    version: integer().notNull(),
    position: jsonb().$type<Position>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.plan, table.unit] })],
)

/** What receivers of webhooks are to be told. A row stays for a while after that, so that no replica tells the same again. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: serial().primaryKey(),
    receiver: text().notNull(),
    notice: text().notNull(),
    at: at('at'),
    content: jsonb().$type<Notice>().notNull(),
    attempts: integer().notNull(),
    /** When it may be tried, by the clock of the database; null: it is over. */
    due: bigint({ mode: 'number' }),
  },
  (table) => [uniqueIndex('deliveries_once').on(table.receiver, table.notice), index('deliveries_due').on(table.receiver, table.due)],
)
