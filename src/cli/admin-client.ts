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
  } catch (error) {
    throw unreachable(url, error)
  }
  if (response.ok) return response
  const said = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string; hint?: string } }
  const { code = 'BAD_USAGE', message = `the admin API answered ${response.status}`, hint } = said.error ?? {}
  const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : response.status === 401 ? 'ADMIN_TOKEN_MISSING' : 'BAD_USAGE'
  throw new BanyanError(known, message, hint)
}

/** What becomes of a request that a server of TLS gets in the clear. */
const HUNG_UP: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** What OpenSSL and Node say of a certificate that they do not believe. */
const UNBELIEVED = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_)/

function unreachable(url: string, error: unknown): BanyanError {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (UNBELIEVED.test(code)) {
    const message = `the certificate of ${url} is not believed: ${cause instanceof Error ? cause.message : code}`
    return new BanyanError('ADMIN_UNREACHABLE', message, 'name its authority in the environment: NODE_EXTRA_CA_CERTS=ca.pem')
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new BanyanError('ADMIN_UNREACHABLE', `no TLS is spoken at ${url}`, 'begin the address with http://')
  if (url.startsWith('http:') && HUNG_UP.has(code))
    return new BanyanError('ADMIN_UNREACHABLE', `who listens at ${url} hung up`, 'begin the address with https:// where admin.tls is set')
  return new BanyanError('ADMIN_UNREACHABLE', `no Banyan answers at ${url}`)
}
