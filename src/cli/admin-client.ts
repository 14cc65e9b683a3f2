import { hc } from 'hono/client'
import type { AdminApi } from '../admin/api.ts'
import { BanyanError, ERRORS, type ErrorCode } from '../errors.ts'

/** The admin API of a running Banyan, typed end to end. */
export function adminClient(url: string) {
  const token = process.env['BANYAN_ADMIN_TOKEN']
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return hc<AdminApi>(`${url.replace(/\/$/, '')}/api`, {
    headers,
    fetch: (input: string | URL | Request, init?: RequestInit) => reach(url, input, init),
  })
}

async function reach(url: string, input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
  let response: Response
  try {
    response = await fetch(input, init)
  } catch {
    throw new BanyanError('ADMIN_UNREACHABLE', `no Banyan answers at ${url}`)
  }
  if (response.ok) return response
  const said = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string; hint?: string } }
  const { code = 'BAD_USAGE', message = `the admin API answered ${response.status}`, hint } = said.error ?? {}
  const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : response.status === 401 ? 'ADMIN_TOKEN_MISSING' : 'BAD_USAGE'
  throw new BanyanError(known, message, hint)
}
