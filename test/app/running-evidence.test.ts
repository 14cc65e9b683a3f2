import { lt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RunningEvidence } from '../../src/app/running-evidence.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type CellEvidence } from '../../src/core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../../src/core/evidence/gates.ts'
import { NEVER } from '../../src/core/evidence/histogram.ts'
import { packCell } from '../../src/core/evidence/packed-evidence.ts'
import { PairCounts } from '../../src/core/evidence/pairs.ts'
import { settledBy } from '../../src/core/evidence/settled.ts'
import { guard, guardSettings } from '../../src/core/rollout/guard.ts'
import { judgeRegions } from '../../src/core/rollout/judge.ts'
import { partOf, type Counted } from '../../src/core/rollout/part.ts'
import { StepEvidenceSum, type StepEvidence } from '../../src/core/rollout/step-evidence.ts'
import type { Database } from '../../src/storage/database.ts'
import { createEvidenceStore } from '../../src/storage/evidence.ts'
import { foldDeltas, foldHours, foldMinutes, rowOf } from '../../src/storage/fold.ts'
import { openFolder } from '../../src/storage/pglite-folder.ts'
import { deltas, evidence, positions, sources } from '../../src/storage/schema.ts'
import { EVER, position } from '../contract/batches.ts'
import { makeTemplate } from '../storage/stores.ts'

const [MINUTE, HOUR] = [60_000, 3_600_000]
const BEGIN = 1_800_000_000_000 - (1_800_000_000_000 % HOUR)
const BY = { timeoutMs: 30_000, absenceMs: 900_000 }
const [A, B] = ['query:A#1', 'query:B#1']
/** One entered its step within an hour, the other both within the same minute as traffic of the same stage. */
const STAYS = new Map<string, Counted>([
  ['a', { operations: [A], stage: 'live', rest: 'shadow', from: BEGIN + 25 * MINUTE, before: BEGIN - 35 * MINUTE }],
  ['both', { operations: [A, B], stage: 'shadow', rest: 'off', from: BEGIN + 30 * MINUTE + 20_000, before: BEGIN - 29 * MINUTE - 40_000 }],
])

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

async function empty(): Promise<void> {
  for (const table of [deltas, evidence, positions, sources]) await db.delete(table)
  for (const [name, { operations, from }] of STAYS)
    await db.insert(positions).values({ plan: 'p', unit: name, version: 1, position: { ...position(1), operations, evidenceFrom: from } })
}

/** Counts of requests in a window that began so many seconds before they came. */
const counted = fc.record({
  operation: fc.constantFrom(A, B),
  stage: fc.constantFrom('live' as const, 'shadow' as const),
  epoch: fc.constantFrom('r1 b1', 'r1 b1', 'r1 b2'),
  age: fc.constantFrom(0, 0, 0, 5, 60, 600, 5_000),
  requests: fc.constantFrom(1, 20, 4_000),
  differing: fc.constantFrom(0, 0, 1, 400),
  failed: fc.constantFrom(0, 0, 1),
})
const step = fc.oneof(
  { weight: 6, arbitrary: counted },
  { weight: 3, arbitrary: fc.record({ pass: fc.constantFrom(5, 40, 200, 1_900) }) },
  { weight: 3, arbitrary: fc.constantFrom('look', 'look', 'fold', 'fold all', 'thin', 'minutes', 'hours') },
  // Units come and go: those of other looks are not asked about.
  { weight: 1, arbitrary: fc.constantFrom('look at a' as const, 'look at both' as const, 'look at nothing' as const) },
  { weight: 2, arbitrary: fc.record({ source: fc.constantFrom('x', 'y'), behind: fc.constantFrom(0, 0, 30, 300), lost: fc.boolean() }) },
)

function cellOf(
  { operation, stage, epoch, age, requests, differing, failed }: typeof counted extends fc.Arbitrary<infer T> ? T : never,
  now: number,
): CellEvidence {
  const pairs = new PairCounts()
  pairs.add(-475, -475, requests - failed)
  if (failed > 0) pairs.add(-475, NEVER, failed)
  const at = now - age * 1_000
  return {
    operation,
    region: 'eu',
    stage,
    epoch,
    window: at - (at % WINDOW_MS),
    evidence: {
      ...EMPTY_EVIDENCE,
      requests,
      outcomes: { compared: requests },
      classes: { identical: requests - Math.min(differing, requests), value: Math.min(differing, requests) },
      pairs: pairs.taken(),
    },
  }
}

/** Everything that is decided on evidence. */
function decided(stays: ReadonlyMap<string, Counted>, of: (name: string) => readonly StepEvidence[]): unknown {
  return [...stays].map(([name, { operations, stage }]) => {
    const all = of(name)
    const gates = { ...GATE_DEFAULTS, minKeys: 2, soakMs: HOUR }
    const step = { regions: ['eu'], stage, percent: 25, gates }
    const guarded = all.map((cell) => guard(undefined, { evidence: cell.evidence, before: () => cell.before, now: 0 }, guardSettings(2)))
    return [
      judgeRegions(
        step,
        operations,
        all.toSorted((a, b) => (a.operation < b.operation ? -1 : 1)),
      ),
      guarded.map(({ alarm }) => alarm?.reason ?? '').toSorted(),
    ]
  })
}

/** Adds up all there is. */
async function fromScratch(stays: ReadonlyMap<string, Counted>, now: number): Promise<unknown> {
  const store = createEvidenceStore(db)
  const { sources: known, at } = await store.sources()
  const { until, gaps } = settledBy(known, now, at, BY)
  const cells = await store.cells(EVER)
  return decided(stays, (name) => {
    const stay = stays.get(name)
    if (stay === undefined) return []
    const sum = new StepEvidenceSum(stay.from)
    for (const cell of cells) {
      const part = partOf(stay, cell)
      if (part !== undefined) sum.add(packCell(cell), part)
    }
    sum.settle(until, gaps)
    return sum.all()
  })
}

test('what is kept up to date from look to look says what adding up everything says, bit for bit', { timeout: 300_000 }, async () => {
  const said = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      await empty()
      let now = BEGIN + 20 * MINUTE
      const looks: { readonly kept: unknown; readonly whole: unknown }[] = []
      const running = new RunningEvidence(createEvidenceStore(db), BY)
      for (const one of [...steps, 'look' as const]) {
        if (typeof one === 'object') {
          if ('pass' in one) now += one.pass * 1_000
          else if ('operation' in one) await db.insert(deltas).values(rowOf(cellOf(one, now)))
          else await report(one.source, now - one.behind * 1_000, one.lost)
        } else if (one === 'fold') await foldDeltas(db, now - 2 * MINUTE)
        else if (one === 'fold all') await foldDeltas(db, Number.MAX_SAFE_INTEGER)
        else if (one === 'thin') {
          await foldDeltas(db, Number.MAX_SAFE_INTEGER)
          await foldMinutes(db, now - 3 * MINUTE)
        } else if (one === 'minutes') await foldMinutes(db, now - 3 * MINUTE)
        else if (one === 'hours') await foldHours(db, now - 3 * HOUR)
        else {
          await heardOf(now)
          const stays = new Map([...STAYS].filter(([name]) => one === 'look' || one === `look at ${name}`))
          const look = await running.look(stays, now)
          const kept = decided(stays, (name) => look.evidence.get(name) ?? [])
          looks.push({ kept, whole: await fromScratch(stays, now) })
          for (const [verdict] of JSON.stringify(kept).matchAll(/"verdict":"\w+"/g)) said.add(verdict)
        }
      }
      expect(looks.map(({ kept }) => kept)).toEqual(looks.map(({ whole }) => whole))
    }),
    { numRuns: 25 },
  )
  // The traffic is not so dull that it says the same thing every time.
  expect(said.size).toBeGreaterThan(1)
})

test('of operations that nobody counts nothing is read, however much traffic they have', async () => {
  await empty()
  const of = (operation: string): CellEvidence =>
    cellOf({ operation, stage: 'live', epoch: 'r1 b1', age: 0, requests: 1, differing: 0, failed: 0 }, BEGIN + 30 * MINUTE)
  const read: string[] = []
  const store = createEvidenceStore(db)
  const changes: typeof store.changes = async (since) => {
    const changed = await store.changes(since)
    read.push(...[...changed.fresh, ...changed.folded, ...changed.loaded].map(({ operation }) => operation))
    return changed
  }
  const running = new RunningEvidence({ changes }, BY)
  const ofA = new Map([...STAYS].filter(([name]) => name === 'a'))
  for (let round = 0; round < 2; round += 1) {
    for (const operation of [A, B]) await db.insert(deltas).values(rowOf(of(operation)))
    await running.look(ofA, BEGIN + 30 * MINUTE)
    await foldDeltas(db, Number.MAX_SAFE_INTEGER)
    await running.look(ofA, BEGIN + 30 * MINUTE)
  }
  expect(new Set(read)).toEqual(new Set([A]))
})

/** Of an edge that is silent for minutes less may be settled for whoever begins anew: rows of minutes wait for the whole minute. Never more. */
async function heardOf(now: number): Promise<void> {
  await db
    .update(sources)
    .set({ upTo: now })
    .where(lt(sources.upTo, now - 2 * MINUTE))
}

async function report(source: string, upTo: number, isLost: boolean): Promise<void> {
  const row = { source, seq: 1, upTo, lastSeen: Date.now(), ended: isLost ? ('lost' as const) : null }
  await db.insert(sources).values(row).onConflictDoUpdate({ target: sources.source, set: row })
}
