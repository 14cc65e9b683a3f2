import { isNotNull } from 'drizzle-orm'
import { WINDOW_MS } from '../core/evidence/evidence.ts'
import { isIn, type Gap } from '../core/evidence/settled.ts'
import type { Database } from './database.ts'
import { positions, sources } from './schema.ts'

/** How far back the guard learns what clients are used to: `before` of a step. */
export const BEFORE_MS = 3_600_000
/** An origin may take ten minutes, and its answer is then reported: windows so long before an edge was lost may lack counts of it. */
const LONGEST_MS = 900_000
/** An edge that is silent for so long may be lost. */
const SILENT_MS = 60_000

/** Where windows must not be put together. */
export interface Seams {
  /** The window that stands for this one and those around it, within a span of time. */
  placeOf(operation: string, window: number, spanMs: number): number
}

/** Reads what tells windows apart: where units entered their steps, and where edges were lost, whose windows are left out one by one. */
export async function readSeams(db: Database): Promise<Seams> {
  const all = await db.select({ position: positions.position }).from(positions)
  const entered = new Map<string, number[]>()
  for (const { position } of all) {
    for (const operation of position.operations) {
      const own = entered.get(operation) ?? []
      own.push(position.evidenceFrom - BEFORE_MS, position.evidenceFrom)
      entered.set(operation, own)
    }
  }
  const gaps = await readGaps(db)
  return {
    placeOf: (operation, window, spanMs) => (isIn(gaps, window) ? window : placeOf(window, spanMs, entered.get(operation) ?? [])),
  }
}

/** The last window of the part that a window lies in: what a row stands for is over when the window that it names is. */
function placeOf(window: number, spanMs: number, seams: readonly number[]): number {
  const end = window - (window % spanMs) + spanMs
  return Math.min(end, ...seams.filter((seam) => window < seam && seam < end)) - WINDOW_MS
}

async function readGaps(db: Database): Promise<readonly Gap[]> {
  const known = await db.select().from(sources).where(isNotNull(sources.upTo))
  const newest = Math.max(...known.map(({ lastSeen }) => lastSeen))
  return known.flatMap(({ upTo, lastSeen, ended }) => {
    const isLost = ended === 'lost' || (ended === null && lastSeen < newest - SILENT_MS)
    return isLost && upTo !== null ? [{ from: upTo - LONGEST_MS, to: Math.max(lastSeen, upTo) }] : []
  })
}
