import { BanyanError, type ErrorCode } from '../errors.ts'

/** A `BanyanError` as plain data: errors lose their class on the way between processes. */
export interface BanyanErrorLike {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** Anything thrown at start, as plain data. What is no `BanyanError` is a fault of ours: its stack is the hint's first line. */
export function toPlain(error: unknown): BanyanErrorLike {
  if (error instanceof BanyanError) return { code: error.code, message: error.message, hint: error.hint }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'START_FAILED', message: text, hint: 'this is a fault of Banyan: please report it with the lines above' }
}

export function fromPlain({ code, message, hint }: BanyanErrorLike): BanyanError {
  return new BanyanError(code, message, hint)
}
