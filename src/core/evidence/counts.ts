/** What has no room of its own is counted together, under this name. */
export const OTHER = '~other'

/** A table of counts with nothing in it. Names come from answers and files: none of them, `__proto__` and `constructor` least of all, may mean anything. */
export function emptyCounts<K extends string>(): Partial<Record<K, number>> {
  return Object.create(null) as Partial<Record<K, number>> // whatever is asked of it, it has only what was put in
}

/** Sums two tables of counts key by key. */
export function addCounts<K extends string>(
  a: Readonly<Partial<Record<K, number>>>,
  b: Readonly<Partial<Record<K, number>>>,
): Partial<Record<K, number>> {
  const sum = emptyCounts<K>()
  for (const key in a) sum[key] = a[key]
  for (const key in b) sum[key] = (sum[key] ?? 0) + (b[key] ?? 0)
  return sum
}

/** What is left of a table when a part of it is taken out, key by key. */
export function withoutCounts<K extends string>(
  whole: Readonly<Partial<Record<K, number>>>,
  part: Readonly<Partial<Record<K, number>>>,
): Partial<Record<K, number>> {
  const rest = emptyCounts<K>()
  for (const key in whole) {
    const left = (whole[key] ?? 0) - (part[key] ?? 0)
    if (left > 0) rest[key] = left
  }
  return rest
}
