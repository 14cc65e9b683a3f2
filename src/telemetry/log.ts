import { pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>

const LEVELS: ReadonlySet<string> = new Set(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])

/**
 * A logger that writes JSON lines to standard error, so that standard output stays for results. `LOG_LEVEL` chooses how much; pino's JSON escapes control
 * characters, so that no text of a client can fake a line.
 */
export function createLog(name: string): Log {
  const wanted = process.env['LOG_LEVEL'] ?? 'info'
  const level = LEVELS.has(wanted) ? wanted : 'info'
  return pino(
    { name: `banyan-${name}`, level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  )
}
