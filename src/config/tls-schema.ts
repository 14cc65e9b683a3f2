import { z } from 'zod'

const certificate = z.string().min(1).describe('PEM file with the certificate and the chain behind it, relative to this file')
const key = z.string().min(1).describe('PEM file with its key, without a passphrase')

const ownTls = z
  .strictObject({
    certificate,
    key,
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).prefault('TLSv1.2').describe('older clients are turned away'),
  })
  .optional()

/** The data plane's own certificate. */
export const listenTls = ownTls.describe(
  'clients speak TLS, and HTTP/2 or HTTP/1.1 as they choose (ALPN); both files are read again when they change',
)

/** That of the admin port. */
export const adminTls = ownTls.describe('the admin port speaks TLS, and nothing else; both files are read again when they change')

/** How a backend is known. There is no key that turns verification off: a certificate of one's own making is named in `ca`. */
export const backendTls = z
  .strictObject({
    ca: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file with the authorities that are believed, or with the one certificate; default: those that Node knows'),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe('the name that its certificate must bear, and that it is asked for (SNI); default: the host of `url`'),
    certificate: certificate.optional(),
    key: key.optional(),
  })
  .refine((tls) => (tls.certificate === undefined) === (tls.key === undefined), 'a certificate and its key come together')
  .optional()
  .describe('how an https backend is known, and what Banyan shows of itself (mTLS); files are read again when they change')

const FORMS = 'must be http://…, https://… or unix:/run/backend.sock:/graphql'

/** Where a backend is. `unix:` names the socket and, behind a colon, the path of the endpoint, as nginx does. */
export const backendUrl = z
  .url({ protocol: /^(https?|unix)$/, error: FORMS })
  .refine((url) => !url.startsWith('unix:') || /^unix:\/(?!\/)[^:?#]+:\/[^:#]*$/.test(url), FORMS)
  .describe('GraphQL endpoint; requests that are not GraphQL go to the same host. A Unix socket: unix:/run/backend.sock:/graphql')

export const protocol = z
  .enum(['http/1.1', 'h2'])
  .prefault('http/1.1')
  .describe('what is spoken with it; h2 without TLS is for backends that expect it (prior knowledge). WebSockets always take http/1.1')
