import { wildcard } from '../operation/pattern.ts'
import { isWrite, type OperationType } from '../operation/operation.ts'

/** What an operation is known by: the name that its client chose, and what it really runs. */
export interface Named {
  readonly type: OperationType
  readonly name?: string
  /** Its root fields, see `rootFields`; of a REST operation the words of its path, see `pathWords`. */
  readonly roots: readonly string[]
}

/** Words of a write that nobody may do twice: who somebody is, and money (MU-6). Each in the plural too, as paths have them. */
const WRITE_WORDS: ReadonlySet<string> = new Set(
  (
    'logon signin auth authorize authorise authorization authorisation sso saml otp totp mfa tfa jwt session pwd apikey ' +
    'pay charge deposit transfer donate donation topup buy'
  ).split(' '),
)
/** The same, wherever in a word: `/resetpassword`, `accesstoken`, `reauthentication`. Nothing else has them in it. */
const WRITE_STEMS: readonly string[] = (
  'login logout logoff signout authenticat oauth passkey webauthn impersonat token passwd password passcode passphrase credential ' +
  'payment payout refund checkout purchase withdraw'
).split(' ')
/** The same in two words. */
const WRITE_PAIRS: readonly (readonly [string, string])[] = [
  ['log', 'in'],
  ['log', 'on'],
  ['log', 'out'],
  ['log', 'off'],
  ['sign', 'in'],
  ['sign', 'out'],
  ['top', 'up'],
  ['api', 'key'],
  ['access', 'key'],
]

/** A query that begins with one of these does something; as a noun within a name (`loginHistory`) it is read for what it begins with too. */
const QUERY_VERBS: ReadonlySet<string> = new Set(
  'login logon signin logout logoff signout authenticate reauthenticate impersonate pay refund checkout purchase withdraw donate'.split(
    ' ',
  ),
)
const CHANGES: ReadonlySet<string> = new Set(
  'refresh renew rotate revoke issue exchange obtain create generate reset change set update forgot recover consume'.split(' '),
)
const SECRETS: ReadonlySet<string> = new Set('token tokens jwt session password passcode otp'.split(' '))

/**
 * Why an operation is never asked of a second backend, whatever its policy: the pattern of the operator's, or the word of ours, that it fits.
 * @param patterns root fields (`markSeen`), with their root type (`Query.mark*`), or names of operations
 */
export function deniedBy(named: Named, patterns: readonly string[]): string | undefined {
  const { type, name, roots } = named
  const pattern = patterns.find((one) => fits(one, named))
  if (pattern !== undefined) return pattern
  if (type === 'query') return roots.map((root) => changeOf(wordsOf(root))).find((word) => word !== undefined)
  // What reads by its path is safe by its method (RFC 9110 section 9.2.1), or by what the operator says.
  if (!isWrite(type)) return undefined
  // The name says nothing that is certain, and so it counts only against an operation.
  return [...roots, ...(name === undefined ? [] : [name])].map((one) => secretOf(wordsOf(one))).find((word) => word !== undefined)
}

function fits(pattern: string, { type, name, roots }: Named): boolean {
  if (pattern.includes('.')) return roots.some((root) => wildcard(pattern, `${ROOT_TYPES[type]}.${root}`))
  return roots.some((root) => wildcard(pattern, root)) || (name !== undefined && wildcard(pattern, name))
}

const ROOT_TYPES: Readonly<Partial<Record<OperationType, string>>> = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }

function secretOf(words: readonly string[]): string | undefined {
  const pair = WRITE_PAIRS.find(([first, second]) =>
    words.some((word, index) => word === first && (words[index + 1] === second || words[index + 1] === `${second}s`)),
  )
  return words.map(writeWordIn).find((word) => word !== undefined) ?? pair?.join('')
}

function writeWordIn(word: string): string | undefined {
  const singular = word.endsWith('s') ? word.slice(0, -1) : word
  return WRITE_WORDS.has(singular) ? singular : WRITE_STEMS.find((stem) => word.includes(stem))
}

function changeOf(words: readonly string[]): string | undefined {
  const [first = '', second = ''] = words
  if (QUERY_VERBS.has(first)) return first
  if (QUERY_VERBS.has(first + second)) return first + second
  return CHANGES.has(first) ? words.find((word) => SECRETS.has(word)) : undefined
}

/** `refreshJWTToken`, `refresh_jwt_token`: refresh, jwt, token. The `{value}` of a template is none; `2fa` is one. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/\{\w*\}/g, '')
    .replaceAll(/2fa/gi, ' tfa ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}
