import type { Dispatcher } from 'undici'

/** Header lines as strings, byte for byte (latin1), the way Node writes them back. */
export function textLines(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return []
  // Our own clients have them as strings already.
  return isText(raw) ? raw : raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
}

function isText(raw: readonly (string | Buffer)[]): raw is string[] {
  return typeof raw[0] === 'string'
}

/** As Node's `addTrailers` takes them. */
export function linePairs(lines: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < lines.length; i += 2) pairs.push([lines[i] ?? '', lines[i + 1] ?? ''])
  return pairs
}
