import type { RawHeaders } from '../core/exchange/exchange.ts'

/** With two for each name and value, as HTTP/1.1 has them. */
export function bytesOf(raw: readonly string[]): number {
  return raw.reduce((sum, { length }) => sum + length + 2, 0)
}

/** Lines as Node takes them behind a body. */
export function byName(raw: RawHeaders): Record<string, string[]> {
  const lines = new Map<string, string[]>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    lines.set(name, [...(lines.get(name) ?? []), raw[i + 1] ?? ''])
  }
  return Object.fromEntries(lines)
}

/** The lines of a head that HTTP/1.1 has as well. */
export function withoutPseudo(raw: readonly string[] = []): string[] {
  const lines: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.startsWith(':') !== true) lines.push(raw[i] ?? '', raw[i + 1] ?? '')
  }
  return lines
}
