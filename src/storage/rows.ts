/** Rows of one statement. PostgreSQL's protocol has room for 65,535 parameters, and a row has at most a dozen. */
const ROWS_PER_STATEMENT = 1_000

export function chunksOf<T>(rows: readonly T[]): readonly (readonly [T, ...T[]])[] {
  const chunks: [T, ...T[]][] = []
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const [first, ...others] = rows.slice(start, start + ROWS_PER_STATEMENT)
    if (first !== undefined) chunks.push([first, ...others])
  }
  return chunks
}

/**
 * Rows in the order of their keys, by code unit. All writers take their locks in it: those that write the same rows at once then wait for each other and
 * cannot deadlock.
 */
export function inLockOrder<T>(rows: readonly T[], keyOf: (row: T) => string): readonly T[] {
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row)
}

/** The one number that a statement of our own SQL gave: both drivers have the rows under this name, and drizzle's common type does not say so. */
export function numberIn(answer: unknown): number {
  const { rows } = answer as { readonly rows: readonly Readonly<Record<string, unknown>>[] }
  return Number(Object.values(rows[0] ?? {})[0] ?? 0)
}
