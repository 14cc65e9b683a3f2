/** Longest text in a row, in UTF-16 units: a page of JSON, and nothing that fills a disk. */
const MAX_TEXT = 65_536

/**
 * A copy of plain data whose texts PostgreSQL takes. It refuses U+0000 everywhere and lone surrogates in JSON; an answer can hold both, and one that does
 * must not keep the evidence of an edge from being stored.
 */
export function storable<T>(value: T): T {
  // The cast holds: texts stay texts, and nothing else changes.
  return clean(value) as T
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT).replaceAll('\0', '\uFFFD').toWellFormed()
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [clean(key), clean(member)]))
}
