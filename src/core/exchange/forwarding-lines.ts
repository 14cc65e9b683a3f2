/** Lines besides `X-Forwarded-*` by which proxies say for whom they ask. */
const FORWARDING: ReadonlySet<string> = new Set(['forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'x-cluster-client-ip'])
const PREFIX = 'x-forwarded-'
/** The bit that makes a small letter of a capital one. */
const LOWER_CASE = 0x20

/** Whether a line says for whom a proxy asks. CGI and its heirs read `_` as `-`: a name that only looks different is the same to them. */
export function isForwarding(name: string): boolean {
  // Most names begin with another letter than x, f or t.
  const first = name.charCodeAt(0) | LOWER_CASE
  if (first !== 0x78 && first !== 0x66 && first !== 0x74) return false
  const lower = name.toLowerCase().replaceAll('_', '-')
  return lower.startsWith(PREFIX) || FORWARDING.has(lower)
}
