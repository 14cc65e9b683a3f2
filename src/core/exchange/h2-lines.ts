import type { RawHeaders } from './exchange.ts'

/** Lines that HTTP/2 has no room for (RFC 9113 section 8.2.2): Node would throw, or end the connection, rather than send some of them. */
export const NOT_IN_H2: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'te',
])

/** With two for each name and value, as HTTP/1.1 has them. */
export function bytesOf(raw: readonly string[]): number {
  return raw.reduce((sum, { length }) => sum + length + 2, 0)
}

/** Lines as Node takes them outside the head of a message, without those that have no room. One called `__proto__` is a name like any other. */
export function byName(raw: RawHeaders): Record<string, string[]> {
  const lines = new Map<string, string[]>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    if (!NOT_IN_H2.has(name)) lines.set(name, [...(lines.get(name) ?? []), raw[i + 1] ?? ''])
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
