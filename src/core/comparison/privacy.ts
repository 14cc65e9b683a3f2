import { getNamedType, type GraphQLSchema } from 'graphql'
import type { Field, Location, Locator } from './locate.ts'
import type { Path } from './path.ts'
import { directivesOf } from './places.ts'
import type { RestAnswer, RestPlace } from './rest-places.ts'

/** Parts of a name that tell of personal data and secrets wherever they stand in it. */
const SENSITIVE_PART =
  /e?mail|phone|mobile|token|secret|passw|passphrase|address|iban|firstname|lastname|fullname|surname|maidenname|birth|apikey|privatekey|credential|latitude|longitude|socialsecurity/

/** Words that tell so only as a word of their own: `ip` is one, `ownership` is none. */
const SENSITIVE_WORDS: ReadonlySet<string> = new Set(
  'ssn sin nin bic swift cvv cvc pin otp dob tax vat card account session cookie jwt ip street zip postcode zipcode geo lat lng gender passport salary'.split(
    ' ',
  ),
)

/** Directives in the SDL that say the same, on a field, its type or its interface's field (PI-2). */
const SENSITIVE_DIRECTIVES: ReadonlySet<string> = new Set(['pii', 'sensitive', 'personal', 'confidential', 'private'])

/** Scalars whose values are personal by their nature. */
const SENSITIVE_SCALARS: ReadonlySet<string> = new Set(
  'EmailAddress Email PhoneNumber Phone JWT IBAN BIC IPv4 IPv6 IP MAC SSN Password Latitude Longitude AccountNumber RoutingNumber'.split(
    ' ',
  ),
)

/** Whether the name of a field tells of personal data. A wildcard never lets such a field through; its exact coordinate does. */
export function isSensitiveName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_')
  return (
    SENSITIVE_PART.test(words.join('')) || words.some((word) => SENSITIVE_WORDS.has(word) || SENSITIVE_WORDS.has(word.replace(/s$/, '')))
  )
}

/** Decides which values of answers may be kept, by schema coordinate. What is not known is sensitive. */
export class Privacy {
  readonly #allowed: ReadonlySet<string>

  /** `allow`: coordinates whose values may be kept: `Country.name`, `Country.*`, `*`. */
  constructor(allow: readonly string[]) {
    this.#allowed = new Set(allow)
  }

  /**
   * Whether the value at a path may be kept. Below a sensitive field (`User.address`) wildcards let nothing through either: what is sensitive about it is
   * in there.
   */
  mayKeep(path: Path, locator: Locator, schema: GraphQLSchema | undefined): boolean {
    const places = path.flatMap((_, index) => (index === 0 ? [] : [locator.locate(path.slice(0, index + 1))]))
    const place = places.at(-1)
    if (place?.whole !== true || place.fields.length === 0) return false
    if (place.fields.every((field) => this.#allowed.has(coordinateOf(field)))) return true
    return place.fields.every((field) => this.#hasWildcard(field)) && !places.some((above) => isSensitive(above, schema))
  }

  /**
   * The same for a place of a REST answer. No schema says what is there, so a wildcard is the operator's word for it; keys that are data, and names that look
   * personal, are never let through by one.
   */
  mayKeepRest({ name }: RestAnswer, { coordinate, keys }: RestPlace): boolean {
    if (this.#allowed.has(coordinate)) return true
    const hasWildcard = this.#allowed.has('*') || this.#allowed.has(`${name}: *`)
    return hasWildcard && keys.length > 0 && !coordinate.includes('{}') && !keys.some(isSensitiveName)
  }

  #hasWildcard({ parent }: Field): boolean {
    return this.#allowed.has('*') || (parent !== '' && this.#allowed.has(`${parent}.*`))
  }
}

function coordinateOf({ parent, name }: Field): string {
  return `${parent}.${name}`
}

function isSensitive(place: Location | undefined, schema: GraphQLSchema | undefined): boolean {
  return (
    place === undefined || place.fields.some((field) => isSensitiveName(field.name) || hasSensitiveType(field) || isMarked(field, schema))
  )
}

function hasSensitiveType({ definition }: Field): boolean {
  return definition !== undefined && SENSITIVE_SCALARS.has(getNamedType(definition.type).name)
}

function isMarked(field: Field, schema: GraphQLSchema | undefined): boolean {
  const types = [schema?.getType(field.parent), field.definition === undefined ? undefined : getNamedType(field.definition.type)]
  const onTypes = types.flatMap((type) => type?.astNode?.directives?.map(({ name }) => name.value) ?? [])
  return [...directivesOf(schema, field), ...onTypes].some((name) => SENSITIVE_DIRECTIVES.has(name))
}
