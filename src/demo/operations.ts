/** One operation of the demo's traffic, and the variables that it is asked with. */
export interface DemoOperation {
  readonly name: string
  readonly document: string
  /** Asked with one of these, in turn. */
  readonly variables: readonly Readonly<Record<string, string>>[]
  /** How often, compared with the others. */
  readonly weight: number
}

const CODES = ['SZ', 'TR', 'BI', 'FR', 'DE', 'JP', 'BR', 'KE', 'CH', 'BE', 'ZA', 'CA'].map((code) => ({ code }))
const DISPUTED = ['IN', 'FR', 'MA', 'DE', 'IL'].map((code) => ({ code }))

export const OPERATIONS: readonly DemoOperation[] = [
  {
    name: 'CountryCard',
    document: 'query CountryCard($code: ID!) { country(code: $code) { code name native } }',
    variables: CODES,
    weight: 6,
  },
  {
    name: 'CountryCapital',
    document: 'query CountryCapital($code: ID!) { country(code: $code) { code capital currency } }',
    variables: CODES,
    weight: 4,
  },
  {
    name: 'CountryLanguages',
    document: 'query CountryLanguages($code: ID!) { country(code: $code) { code languages { code name } } }',
    variables: CODES,
    weight: 3,
  },
  {
    name: 'CountryBorders',
    document: 'query CountryBorders($code: ID!) { country(code: $code) { code borders { length note } } }',
    variables: DISPUTED,
    weight: 2,
  },
  { name: 'Continents', document: 'query Continents { continents { code name } }', variables: [{}], weight: 3 },
  {
    name: 'ContinentCountries',
    document: 'query ContinentCountries { continents { code countries { code } } }',
    variables: [{}],
    weight: 2,
  },
  {
    name: 'LanguageName',
    document: 'query LanguageName($code: ID!) { language(code: $code) { code name rtl } }',
    variables: ['en', 'de', 'ja', 'ar'].map((code) => ({ code })),
    weight: 3,
  },
  {
    name: 'SearchCountries',
    document: 'query SearchCountries($text: String!) { search(text: $text) { code } }',
    variables: ['land', 'an', 'uni'].map((text) => ({ text })),
    weight: 2,
  },
  { name: 'ServerTime', document: 'query ServerTime { serverTime }', variables: [{}], weight: 1 },
  { name: 'GuestBook', document: 'query GuestBook { guestBook { id name text } }', variables: [{}], weight: 2 },
  { name: 'UnknownField', document: 'query UnknownField { continents { code population } }', variables: [{}], weight: 1 },
  {
    name: 'SignGuestBook',
    document: 'mutation SignGuestBook($name: String!, $text: String!) { sign(name: $name, text: $text) { id } }',
    variables: [{ name: 'Grace', text: 'Hello.' }],
    weight: 1,
  },
]
