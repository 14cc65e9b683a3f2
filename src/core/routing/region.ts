import { headerValue } from '../exchange/headers.ts'
import type { RawHeaders } from '../exchange/exchange.ts'

/** Where the region comes from: fixed, or a header with the values that are known. */
export type RegionSource =
  | { readonly value: string }
  | { readonly header: string; readonly allow: readonly string[]; readonly fallback: string }

/** Prepares the reading of regions. A value that is not on the list is the fallback: clients cannot invent regions. */
export function createRegionOf(source: RegionSource): (headers: RawHeaders) => string {
  if ('value' in source) return () => source.value
  const allowed = new Set(source.allow)
  const name = source.header.toLowerCase()
  return (headers) => {
    const value = headerValue(headers, name)
    return value !== undefined && allowed.has(value) ? value : source.fallback
  }
}
