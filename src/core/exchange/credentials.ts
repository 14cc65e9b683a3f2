import type { RawHeaders } from './exchange.ts'

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
const ENDINGS: ReadonlySet<string> = new Set([
  '-token',
  '-apikey',
  '-secret',
  '-password',
  '-jwt',
  '-assertion',
  '-credential',
  '-credentials',
  '-session',
])

/** Proofs that are good for one request. Whoever gets a second one with the same takes it for a replay, and may lock the client out. */
const ONE_TIME: ReadonlySet<string> = new Set(['dpop', 'x-nonce'])
/** A signature that names a nonce is as good as one (RFC 9421 section 2.3). */
const NONCE = /;\s*nonce\s*=/i

/** The name of a line that proves the client once and must not be sent a second time; nothing where there is none (SH-4). */
export function oneTimeProof(raw: RawHeaders): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    if (ONE_TIME.has(name) || (name === 'signature-input' && NONCE.test(raw[i + 1] ?? ''))) return name
  }
  return undefined
}

/** Whether a line goes with such a proof. */
export function isOneTime(lower: string, proof: string | undefined): boolean {
  return proof !== undefined && (ONE_TIME.has(lower) || lower === 'signature' || lower === 'signature-input')
}

/**
 * Whether a header line is a credential, which the shadow sees only where the config names it. Rather too many than too few: one too many
 * shows as a difference at once and costs a line of config, one too few hands a client's secret to a system that must not have it.
 * @param lower the name, in lower case
 */
export function isCredential(lower: string): boolean {
  if (CREDENTIALS.has(lower)) return true
  const dash = lower.lastIndexOf('-')
  return dash !== -1 && (ENDINGS.has(lower.slice(dash)) || lower.endsWith('-api-key'))
}
