import type { Dispatcher } from 'undici'

/** Header lines as strings, byte for byte (latin1), the way Node writes them back. */
export function textLines(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}
