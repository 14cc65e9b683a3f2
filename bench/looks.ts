import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { drizzle as overPostgres } from 'drizzle-orm/node-postgres'
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator'
import { drizzle as overPglite } from 'drizzle-orm/pglite'
import { RunningEvidence } from '../src/app/running-evidence.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type Evidence } from '../src/core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../src/core/evidence/gates.ts'
import { packCell } from '../src/core/evidence/packed-evidence.ts'
import { PairCounts } from '../src/core/evidence/pairs.ts'
import { guardStay, type GuardMemory } from '../src/core/rollout/guard-cells.ts'
import type { GuardState } from '../src/core/rollout/guard.ts'
import { judgeRegions } from '../src/core/rollout/judge.ts'
import { partOf, type Counted } from '../src/core/rollout/part.ts'
import { StepEvidenceSum, type StepEvidence } from '../src/core/rollout/step-evidence.ts'
import type { Database } from '../src/storage/database.ts'
import { createEvidenceStore } from '../src/storage/evidence.ts'
import { MIGRATIONS } from '../src/storage/migrations-folder.ts'
import { openFolder } from '../src/storage/pglite-folder.ts'
import { postgresMissing, startPostgres } from '../test/support/postgres.ts'

/**
 * How long the controller takes to look at a fleet: `node bench/looks.ts [cells] [days]` prints a table, for the embedded database and for PostgreSQL. "All" adds up
 * every row at every look, as the controller once did; "new" reads what came in the two seconds since the look before.
 */
const CELLS = Number(process.argv[2] ?? 500)
const DAYS = Number(process.argv[3] ?? 7)
const LOOKS = 5
const HOUR_MS = 3_600_000
const GATES = { ...GATE_DEFAULTS, soakMs: 24 * HOUR_MS }

/** What a cell counts of so many requests; latencies lie in some eighty buckets, as they do where a query is like another. */
function countsOf(requests: number): Evidence {
  const pairs = new PairCounts()
  const latency: Record<string, number> = {}
  for (let i = 0; i < requests; i += 1) {
    const bucket = -500 + ((i * 37) % 83)
    pairs.add(bucket, bucket - 4 + (i % 9))
    latency[bucket] = (latency[bucket] ?? 0) + 1
  }
  return {
    ...EMPTY_EVIDENCE,
    requests,
    outcomes: { compared: requests },
    classes: { identical: requests },
    latency: { legacy: latency, candidate: latency },
    pairs: pairs.taken(),
  }
}

const keyOf = (index: number): string => `query:Op${index}#1`
const now = Date.now() - (Date.now() % WINDOW_MS)
const from = now - DAYS * 24 * HOUR_MS
const stays = new Map<string, Counted>(
  Array.from({ length: CELLS }, (_, i) => [
    `stay ${i}`,
    { operations: [keyOf(i)], stage: 'live', rest: 'shadow', from, before: from - HOUR_MS },
  ]),
)

/** Hours up to three hours ago, minutes up to three minutes ago, then windows: as folding leaves them. */
async function fill(db: Database): Promise<void> {
  const put = (counts: Evidence, first: number, last: number, every: number): Promise<unknown> =>
    db.execute(sql`insert into evidence (operation, region, stage, epoch, window_start, counts, fold, since, coarse)
      select 'query:Op' || i || '#1', 'eu', 'live', 'rules build', w, ${JSON.stringify(counts)}::jsonb, 1, 1, 0
      from generate_series(0, ${CELLS - 1}) i, generate_series(${first}::bigint, ${last}::bigint, ${every}::bigint) w`)
  await put(countsOf(3_600), from, now - 3 * HOUR_MS, HOUR_MS)
  await put(countsOf(60), now - 3 * HOUR_MS + 60_000, now - 240_000, 60_000)
  await put(countsOf(5), now - 180_000, now, WINDOW_MS)
  await traffic(db)
}

/** What every cell counts in two seconds. */
async function traffic(db: Database): Promise<void> {
  await db.execute(sql`insert into evidence_deltas (operation, region, stage, epoch, window_start, counts)
    select 'query:Op' || i || '#1', 'eu', 'live', 'rules build', ${now}::bigint, ${JSON.stringify(countsOf(2))}::jsonb
    from generate_series(0, ${CELLS - 1}) i`)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

let memory: GuardMemory = new Map()
function decide(evidence: ReadonlyMap<string, readonly StepEvidence[]>): void {
  const remembered = new Map<string, GuardState>()
  for (const [key, { operations, stage }] of stays) {
    const step = { regions: ['eu'], stage, percent: 25, gates: GATES }
    const own = evidence.get(key) ?? []
    judgeRegions(step, operations, own)
    const watch = guardStay(memory, { key, step, operations, evidence: own }, CELLS, now)
    for (const [name, state] of watch.memory) remembered.set(name, state)
  }
  memory = remembered
}

async function all(db: Database): Promise<void> {
  const cells = await createEvidenceStore(db).cells({ from: from - HOUR_MS, to: now })
  const sums = new Map<string, readonly StepEvidence[]>()
  const byOperation = Map.groupBy(cells, ({ operation }) => operation)
  for (const [name, stay] of stays) {
    const sum = new StepEvidenceSum(stay.from)
    for (const cell of byOperation.get(stay.operations[0] ?? '') ?? []) {
      const part = partOf(stay, cell)
      if (part !== undefined) sum.add(packCell(cell), part)
    }
    sum.settle(now - 60_000, [])
    sums.set(name, sum.all())
  }
  decide(sums)
}

async function measure(name: string, db: Database): Promise<void> {
  await fill(db)
  const running = new RunningEvidence(createEvidenceStore(db), { timeoutMs: 30_000, absenceMs: 900_000 })
  const look = async (): Promise<void> => decide((await running.look(stays, now)).evidence)
  const first = await timed(look)
  const later: number[] = []
  for (let i = 0; i < LOOKS; i += 1) {
    await traffic(db)
    later.push(await timed(look))
  }
  const whole = await timed(() => all(db)).catch((error: unknown) => String(error).slice(0, 60))
  const seconds = (value: number | string): string => (typeof value === 'number' ? `${value.toFixed(2)} s` : value)
  console.log(
    `| ${name} | ${seconds(whole)} | ${seconds(first)} | ${seconds(later.toSorted((a, b) => a - b)[Math.floor(LOOKS / 2)] ?? 0)} |`,
  )
}

console.log(`${CELLS} cells, ${DAYS} days of evidence, every cell busy`)
console.log('| store | a look at all | the first look | a look at what is new |')
console.log('| --- | --- | --- | --- |')
const place = mkdtempSync(join(tmpdir(), 'banyan-looks-'))
const client = await openFolder(join(place, 'data'))
await measure('PGlite', overPglite(client))
await client.close()
rmSync(place, { recursive: true, force: true })
if (postgresMissing === undefined) {
  const postgres = await startPostgres()
  const db = overPostgres(await postgres.database())
  await migratePostgres(db, { migrationsFolder: MIGRATIONS })
  await measure('PostgreSQL', db)
  await db.$client.end()
  await postgres.stop()
}
process.exit(0)
