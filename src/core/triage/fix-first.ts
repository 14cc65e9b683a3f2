import { CLASSES, SEVERITY } from '../comparison/comparison.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { OTHER } from '../evidence/counts.ts'

/** The part of evidence that says what to fix. */
export type Fixable = Pick<Evidence, 'requests' | 'outcomes' | 'classes' | 'alone'>

/** What one operation did in one region. */
export interface CellSum {
  readonly operation: string
  readonly region: string
  readonly evidence: Fixable
}

export function fixableIn({ requests, outcomes, classes, alone }: Evidence): Fixable {
  return { requests, outcomes, classes, ...(alone === undefined ? {} : { alone }) }
}

/** What mending one coordinate would do. */
export interface Fix {
  readonly coordinate: string
  /** Operations that it would bring to parity, in the regions where it alone keeps them from it. */
  readonly operations: readonly string[]
  readonly regions: readonly string[]
  /** Requests of these operations in these regions, and their share of all requests, 0 to 1. */
  readonly requests: number
  readonly share: number
  /** Comparisons, of whatever operation, that it alone keeps from being a match. */
  readonly comparisons: number
}

/** Fixes that are told. */
const MAX_FIXES = 20

/**
 * What to fix first: coordinates by the traffic that they alone keep from parity, over all operations. Exact, not a guess from counts: each comparison was
 * counted for the coordinate that alone blocks it.
 * @param tolerance share of comparisons that may block at parity, as the gate has it
 */
export function fixFirst(cells: readonly CellSum[], tolerance: number): readonly Fix[] {
  const requests = cells.reduce((sum, { evidence }) => sum + evidence.requests, 0)
  const coordinates = new Set(cells.flatMap(({ evidence }) => Object.keys(evidence.alone ?? {})))
  coordinates.delete(OTHER)
  return [...coordinates]
    .map((coordinate) => fixOf(coordinate, cells, tolerance, requests))
    .toSorted((a, b) => b.requests - a.requests || b.comparisons - a.comparisons || (a.coordinate < b.coordinate ? -1 : 1))
    .slice(0, MAX_FIXES)
}

function fixOf(coordinate: string, cells: readonly CellSum[], tolerance: number, all: number): Fix {
  const touched = cells.map((cell) => ({ ...cell, alone: cell.evidence.alone?.[coordinate] ?? 0 })).filter(({ alone }) => alone > 0)
  const freed = touched.filter(({ evidence, alone }) => isFreed(evidence, alone, tolerance))
  const requests = freed.reduce((sum, { evidence }) => sum + evidence.requests, 0)
  return {
    coordinate,
    operations: [...new Set(freed.map(({ operation }) => operation))].toSorted(),
    regions: [...new Set(freed.map(({ region }) => region))].toSorted(),
    requests,
    share: all === 0 ? 0 : requests / all,
    comparisons: touched.reduce((sum, { alone }) => sum + alone, 0),
  }
}

/** Without these comparisons the cell is at parity, and with them it is not. */
function isFreed(evidence: Fixable, alone: number, tolerance: number): boolean {
  const allowed = tolerance * (evidence.outcomes.compared ?? 0)
  const blocked = CLASSES.filter((name) => SEVERITY[name] === 'block').reduce((sum, name) => sum + (evidence.classes[name] ?? 0), 0)
  return blocked > allowed && blocked - alone <= allowed
}

/** A fix in words: "fix `Country.capital` and 9 operations, 41 % of traffic, are at parity". */
export function fixText({ coordinate, operations, share, comparisons }: Fix): string {
  if (operations.length === 0)
    return `fix \`${coordinate}\`: ${comparisons} comparisons would match, and no operation reaches parity by it alone`
  const [only] = operations
  const what = operations.length === 1 && only !== undefined ? (only.split('#')[0] ?? only) : `${operations.length} operations`
  return `fix \`${coordinate}\` and ${what}, ${percentText(share)} of traffic, ${operations.length === 1 ? 'is' : 'are'} at parity`
}

/** Never rounded up. */
function percentText(share: number): string {
  return share < 0.01 ? `${(Math.floor(share * 10_000) / 100).toFixed(2)} %` : `${Math.floor(share * 100)} %`
}
