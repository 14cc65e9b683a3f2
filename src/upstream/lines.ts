import type { Dispatcher } from 'undici'

/** Header lines as strings, byte for byte (latin1), the way Node writes them back. */
export function textLines(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}

/** A reason phrase in the bytes that it came in: undici reads it as UTF-8, Node writes latin1. One that was neither is left out. */
export function reasonBytes(reason = ''): string {
  return reason.includes('\uFFFD') ? '' : Buffer.from(reason, 'utf8').toString('latin1')
}
