import { BanyanError } from '../errors.ts'

/** What becomes of a request that a server of TLS gets in the clear. */
const HUNG_UP: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** What OpenSSL and Node say of a certificate that they do not believe. */
const UNBELIEVED = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_)/

/** Why no answer came, as far as `fetch` knows, and what to do about it. */
export function unreachable(url: string, error: unknown): BanyanError {
  const { name, message, cause } = error as Error // fetch rejects with nothing else
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const said = cause instanceof Error ? cause.message : message
  if (UNBELIEVED.test(code))
    return new BanyanError(
      'ADMIN_UNREACHABLE',
      `the certificate of ${url} is not believed: ${said}`,
      'name its authority in the environment: NODE_EXTRA_CA_CERTS=ca.pem',
    )
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new BanyanError('ADMIN_UNREACHABLE', `no TLS is spoken at ${url}`, 'begin the address with http://')
  if (url.startsWith('http:') && HUNG_UP.has(code))
    return new BanyanError('ADMIN_UNREACHABLE', `who listens at ${url} hung up`, 'begin the address with https:// where admin.tls is set')
  return new BanyanError(
    'ADMIN_UNREACHABLE',
    `no Banyan answers at ${url}: ${name === 'TimeoutError' ? 'it takes too long' : code || said}`,
  )
}

/** Somebody else answered. */
export function stranger(url: string, { status, headers }: Response): BanyanError {
  const to = headers.get('location')
  const said = to === null ? `what answers there (${status}) is not the admin API of a Banyan` : `it redirects to ${to}`
  const fix = 'name the address of the admin API (`admin` of the config), and not the one for clients, with --admin'
  return new BanyanError('ADMIN_UNREACHABLE', `no Banyan answers at ${url}: ${said}`, fix)
}
