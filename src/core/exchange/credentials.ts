/** Header lines that prove who somebody is. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'cookie2',
  'token',
  'api-key',
  'apikey',
  'dpop', // RFC 9449: a proof is good for one request
  'signature', // RFC 9421, with its parameters in the next
  'signature-input',
  'x-signature',
  'x-nonce',
  'x-csrftoken',
  'x-client-cert',
  'x-forwarded-client-cert',
  'ssl-client-cert',
  'client-cert', // RFC 9440, with its chain in the next
  'client-cert-chain',
  'x-amzn-oidc-data',
  'x-amzn-oidc-accesstoken',
  'x-ms-client-principal',
])

/** Endings of the names that frameworks and proxies invent for them: x-csrf-token, private-token, cf-access-jwt-assertion. */
const ENDINGS = ['-token', '-api-key', '-apikey', '-secret', '-password', '-jwt', '-assertion', '-credential', '-credentials', '-session']

/**
 * Whether a header line is a credential, which the shadow sees only where the config names it. Rather too many than too few: one too many
 * shows as a difference at once and costs a line of config, one too few hands a client's secret to a system that must not have it.
 * @param lower the name, in lower case
 */
export function isCredential(lower: string): boolean {
  return CREDENTIALS.has(lower) || ENDINGS.some((ending) => lower.endsWith(ending))
}
