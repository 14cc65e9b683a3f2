import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { BanyanError, type ErrorCode } from '../errors.ts'

type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503

/** HTTP status of what a caller did wrong; everything else in the catalogue is 400. */
const STATUS: Readonly<Partial<Record<ErrorCode, RefusalStatus>>> = {
  UNKNOWN_OPERATION: 404,
  UNKNOWN_GROUP: 404,
  UNKNOWN_FLAG: 404,
  UNKNOWN_PLAN: 404,
  UNKNOWN_UNIT: 404,
  FLAG_CONFLICT: 409,
  ROLLOUT_CONFLICT: 409,
  GROUP_CONFLICT: 409,
  FLAGS_READ_ONLY: 409,
  STORE_UNREACHABLE: 503,
  STORE_UNUSABLE: 503,
}

/** An error as the API says it. */
export function refuse(c: Context, status: RefusalStatus, code: string, message: string, hint: string): Response {
  return c.json({ error: { code, message, hint } }, status)
}

/**
 * What a caller did wrong is told to the caller. What broke here is told to the log alone: its message may hold an address, a statement or a value.
 * @param onFault hears what broke
 * @param isAway whether that was the store, which may be back soon
 */
export function refuseError(error: Error, c: Context, onFault: (error: Error) => void, isAway: (error: Error) => boolean): Response {
  if (error instanceof BanyanError) return refuse(c, STATUS[error.code] ?? 400, error.code, error.message, error.hint)
  // Thrown by hono for JSON that cannot be read, before any code of ours sees it.
  if (error instanceof HTTPException && error.status < 500)
    return refuse(c, 400, 'BAD_USAGE', 'the body is not JSON', 'see /api/openapi.json')
  onFault(error)
  if (isAway(error))
    return refuse(
      c,
      503,
      'STORE_UNREACHABLE',
      'the store does not answer; clients are served all the same',
      'repeat it when the store is back; the log of the control process has the cause, and `banyan rollback --all` works without it',
    )
  return refuse(c, 500, 'INTERNAL', 'the control process could not answer', 'see its log')
}
