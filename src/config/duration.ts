const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const PART = /(\d+)\s*(ms|min|s|m|h|d)/g
const WHOLE = /^(\d+\s*(ms|min|s|m|h|d)\s*)+$/

/** Milliseconds of a text like `2h`, `30min` or `1d 12h`; `undefined` where it is none. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined
  return [...text.matchAll(PART)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0)
}
