import { hc } from 'hono/client'
import type { AdminApi } from '../../admin/api.ts'
import { token } from './token.ts'

/** What the API refused, in its own words. */
export class ApiError extends Error {
  readonly status: number
  readonly hint: string | undefined

  constructor(status: number, message: string, hint?: string) {
    super(message)
    this.status = status
    this.hint = hint
  }
}

/** `fetch` with the token. @throws ApiError for every answer that is not one of success, and with status 0 where there is none */
export async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers)
  const known = token()
  if (known !== undefined) headers.set('authorization', `Bearer ${known}`)
  const response = await fetch(input, { ...init, headers }).catch(() => {
    throw new ApiError(0, 'Banyan does not answer', 'look whether the control process runs')
  })
  if (response.ok) return response
  // The cast holds for every refusal of ours; an answer of a proxy in between has none of these members.
  const { error } = (await response.json().catch(() => ({}))) as { error?: { message?: string; hint?: string } }
  throw new ApiError(response.status, error?.message ?? `the API answered ${response.status}`, error?.hint)
}

/** The admin API, typed end to end. */
export const api = hc<AdminApi>('/api', { fetch: send })
