import * as fc from 'fast-check'
import { drizzle } from 'drizzle-orm/pglite'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { mergeCells } from '../../src/core/evidence/batch.ts'
import { EMPTY_EVIDENCE, mergeEvidence, WINDOW_MS, type CellEvidence } from '../../src/core/evidence/evidence.ts'
import type { Position } from '../../src/core/rollout/position.ts'
import type { Database } from '../../src/storage/database.ts'
import { createEvidenceStore } from '../../src/storage/evidence.ts'
import { foldDeltas, foldHours, foldMinutes, rowOf } from '../../src/storage/fold.ts'
import { openFolder } from '../../src/storage/pglite-folder.ts'
import { deltas, evidence, positions, sources } from '../../src/storage/schema.ts'
import { cell, EVER, position } from '../contract/batches.ts'
import { makeTemplate } from './stores.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A window, in minutes. */
const LAST = WINDOW_MS / MINUTE

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  const template = await makeTemplate()
  const client = await openFolder(template.folder)
  db = drizzle(client)
  close = async () => {
    await client.close()
    template.remove()
  }
})
afterAll(() => close())
beforeEach(async () => {
  await db.delete(deltas)
  await db.delete(evidence)
})

const add = (...cells: readonly CellEvidence[]): Promise<unknown> => db.insert(deltas).values(cells.map(rowOf))
const folded = async (): Promise<readonly (readonly [string, number, number])[]> =>
  (await db.select().from(evidence).orderBy(evidence.operation, evidence.window)).map(({ operation, window, counts }) => [
    operation,
    window / MINUTE,
    counts.requests,
  ])

test('the rows of a window become one a cell', async () => {
  await add(cell('A', 1, 0), cell('A', 2, 0), cell('B', 4, 0), cell('A', 8, MINUTE))
  await foldDeltas(db, 2 * MINUTE)
  expect(await folded()).toEqual([
    ['A', 0, 3],
    ['A', 1, 8],
    ['B', 0, 4],
  ])
  expect(await db.$count(deltas)).toBe(0)
})

test('a window that is not over is left as it is', async () => {
  await add(cell('A', 1, 0), cell('A', 2, MINUTE))
  await foldDeltas(db, MINUTE)
  expect(await folded()).toEqual([['A', 0, 1]])
  expect(await db.$count(deltas)).toBe(1)
})

test('what comes late is added to what was folded', async () => {
  await add(cell('A', 1, 0), cell('B', 1, 0))
  await foldDeltas(db, MINUTE)
  await add(cell('A', 2, 0))
  await foldDeltas(db, MINUTE)
  expect(await folded()).toEqual([
    ['A', 0, 3],
    ['B', 0, 1],
  ])
})

test('the windows of an hour that is long over become one', async () => {
  await add(cell('A', 1, 0), cell('A', 2, 59 * MINUTE), cell('A', 4, HOUR), cell('A', 8, HOUR + MINUTE))
  await foldDeltas(db, 2 * HOUR)
  await foldHours(db, HOUR + 30 * MINUTE)
  expect(await folded()).toEqual([
    // It names its last window.
    ['A', 60 - LAST, 3],
    ['A', 60, 4],
    ['A', 61, 8],
  ])
})

test('the windows of a minute become one, but for where a unit entered a step and where an edge was lost', async () => {
  const entered: Position = { ...position(1), operations: ['B'], evidenceFrom: 30_000 }
  await db.insert(positions).values({ plan: 'reads', unit: 'B', version: 1, position: entered })
  await db.insert(sources).values({ source: 'a', seq: 1, upTo: HOUR + 60_000, lastSeen: HOUR + 60_000, ended: 'lost' })
  onTestFinished(async () => {
    await db.delete(positions)
    await db.delete(sources)
  })
  await add(
    cell('A', 1, 5_000),
    cell('A', 2, 35_000),
    cell('B', 4, 5_000),
    cell('B', 8, 35_000),
    cell('A', 16, HOUR),
    cell('A', 32, HOUR + 5_000),
  )
  await foldDeltas(db, 2 * HOUR)
  await foldMinutes(db, 2 * HOUR)
  const [whole, half] = [1 - LAST, 0.5 - LAST]
  const expected = [
    ['A', whole, 3],
    ['A', 60, 16],
    ['A', 60 + LAST, 32],
    ['B', half, 4],
    ['B', whole, 8],
  ]
  expect(await folded()).toEqual(expected)
  // There is nothing left to do.
  expect(await foldMinutes(db, 2 * HOUR)).toBe(false)
})

test('sums are the same however and whenever rows are folded', async () => {
  const cells = fc.record({ operation: fc.constantFrom('A', 'B'), minute: fc.nat(150), requests: fc.nat(9) })
  const step = fc.oneof(cells, fc.constantFrom('minutes' as const, 'hours' as const))
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await db.delete(deltas)
      await db.delete(evidence)
      const added: CellEvidence[] = []
      for (const next of steps) {
        if (next === 'minutes') await foldDeltas(db, 100 * MINUTE)
        else if (next === 'hours') await foldHours(db, 2 * HOUR)
        else added.push(cell(next.operation, next.requests, next.minute * MINUTE))
        if (typeof next === 'object') await add(added.at(-1) ?? cell('A', 0))
      }
      const read = await createEvidenceStore(db).cells(EVER)
      expect(inOneWindow(read)).toEqual(inOneWindow(added))
    }),
    { numRuns: 30 },
  )
})

test('merging cells by halves is merging them one after the other', () => {
  const some = fc.array(fc.record({ requests: fc.nat(5), bucket: fc.integer({ min: -3, max: 3 }) }))
  fc.assert(
    fc.property(some, (parts) => {
      const cells = parts.map(({ requests, bucket }) => {
        const { evidence: counts, ...place } = cell('A', requests)
        return { ...place, evidence: { ...counts, latency: { legacy: { [bucket]: requests }, candidate: {} } } }
      })
      const sum = cells.map(({ evidence: counts }) => counts).reduce(mergeEvidence, EMPTY_EVIDENCE)
      expect(mergeCells(cells).map(({ evidence: counts }) => counts)).toEqual(cells.length === 0 ? [] : [sum])
    }),
  )
})

function inOneWindow(cells: readonly CellEvidence[]): Record<string, unknown> {
  const merged = mergeCells(
    cells.map(({ operation, region, stage, evidence: counts }) => ({ operation, region, stage, window: 0, evidence: counts })),
  )
  return Object.fromEntries(merged.map(({ operation, evidence: counts }) => [operation, counts]))
}
