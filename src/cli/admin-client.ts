import { hc } from 'hono/client'
import type { AdminApi } from '../admin/api.ts'
import { BanyanError, ERRORS, type ErrorCode } from '../errors.ts'
import { stranger, unreachable } from './unreachable.ts'

/** How long an answer may take, in milliseconds. A replay of a month takes the longest. */
const PATIENCE_MS = 120_000

/**
 * The admin API of a running Banyan, typed end to end.
 * @param patience in milliseconds
 * @throws BanyanError BAD_USAGE, ADMIN_TOKEN_MISSING, and whatever the API refuses
 */
export function adminClient(url: string, patience = PATIENCE_MS) {
  if (!URL.canParse(url) || !/^https?:/i.test(url))
    throw new BanyanError('BAD_USAGE', `the admin address ${JSON.stringify(url)} is no URL`, 'write for example http://127.0.0.1:4001')
  const headers = authorization()
  return hc<AdminApi>(`${url.replace(/\/$/, '')}/api`, {
    headers,
    fetch: (input: string | URL | Request, init?: RequestInit) => reach(url, input, { ...init, signal: AbortSignal.timeout(patience) }),
  })
}

/** A name as one part of a path, whatever is in it. @throws BanyanError BAD_USAGE */
export function pathPart(name: string): string {
  if (['', '.', '..'].includes(name)) throw new BanyanError('BAD_USAGE', `${JSON.stringify(name)} is no name`, 'name what is meant')
  return encodeURIComponent(name)
}

function authorization(): Record<string, string> {
  const token = process.env['BANYAN_ADMIN_TOKEN']?.trim() ?? ''
  if (token === '') return {}
  // The token itself is not in the message.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new BanyanError(
      'ADMIN_TOKEN_MISSING',
      'BANYAN_ADMIN_TOKEN holds what no header can: white space, or a letter that is not ASCII',
      'set it to the token alone',
    )
  return { authorization: `Bearer ${token}` }
}

async function reach(url: string, input: string | URL | Request, init: RequestInit): Promise<Response> {
  const { response, text } = await answerOf(url, input, init)
  // A page of somebody else's that is fine must not be taken for an answer: that everything goes to legacy, for one.
  if (!response.headers.has('banyan-api')) throw stranger(url, response)
  if (response.ok) return new Response(text, response)
  const { code = 'BAD_USAGE', message = `the admin API answered ${response.status}`, hint } = refusalIn(text)
  if (response.status === 401) throw unauthorized(url, init)
  throw new BanyanError(Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'BAD_USAGE', message, hint)
}

/** The whole answer: one that breaks off is none. */
async function answerOf(
  url: string,
  input: string | URL | Request,
  init: RequestInit,
): Promise<{ readonly response: Response; readonly text: string }> {
  try {
    const response = await fetch(input, { ...init, redirect: 'manual' })
    return { response, text: await response.text() }
  } catch (error) {
    throw unreachable(url, error)
  }
}

function unauthorized(url: string, { headers }: RequestInit): BanyanError {
  const fix = 'set BANYAN_ADMIN_TOKEN to what admin.tokenEnv names there, or admin.viewerTokenEnv to look only'
  const said = new Headers(headers).has('authorization')
    ? 'does not know the token in BANYAN_ADMIN_TOKEN'
    : 'wants a token, and BANYAN_ADMIN_TOKEN is not set'
  return new BanyanError('ADMIN_TOKEN_MISSING', `the Banyan at ${url} ${said}`, fix)
}

function refusalIn(text: string): { readonly code?: string; readonly message?: string; readonly hint?: string } {
  try {
    // The cast holds for every refusal of ours.
    return (JSON.parse(text) as { readonly error?: { readonly code?: string } }).error ?? {}
  } catch {
    return {}
  }
}
