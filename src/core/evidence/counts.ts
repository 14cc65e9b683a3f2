/** Sums two tables of counts key by key. */
export function addCounts<K extends string>(
  a: Readonly<Partial<Record<K, number>>>,
  b: Readonly<Partial<Record<K, number>>>,
): Partial<Record<K, number>> {
  const sum: Partial<Record<K, number>> = { ...a }
  for (const key in b) sum[key] = (sum[key] ?? 0) + (b[key] ?? 0)
  return sum
}
