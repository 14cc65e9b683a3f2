/** One operation of the demo's traffic, and the variables that it is asked with. */
export interface DemoOperation {
  readonly name: string
  readonly document: string
  /** Asked with one of these, in turn. */
  readonly variables: readonly Readonly<Record<string, string>>[]
  /** How often, compared with the others. */
  readonly weight: number
}

const codes = (list: string): readonly { readonly code: string }[] => list.split(' ').map((code) => ({ code }))

/** Where the two versions of the data differ in most fields, and some where they do not. */
const COUNTRIES = codes('SZ TR CZ FR DE JP BR KE CH BE ZA CA')

/**
 * What the clients ask. Documents name `__typename` as code generators write it, so that all three clients send one operation; Apollo Client
 * would add it, and would then ask another one than the rest.
 */
export const OPERATIONS: readonly DemoOperation[] = [
  {
    name: 'CountryCard',
    document: 'query CountryCard($code: ID!) { country(code: $code) { code name native __typename } }',
    variables: COUNTRIES,
    weight: 12,
  },
  {
    name: 'CountryCapital',
    document: 'query CountryCapital($code: ID!) { country(code: $code) { code capital currency __typename } }',
    variables: codes('BI CH HR FR DE JP BR KE'),
    weight: 8,
  },
  {
    name: 'CountryLanguages',
    document: 'query CountryLanguages($code: ID!) { country(code: $code) { code languages { code name __typename } __typename } }',
    variables: COUNTRIES,
    weight: 6,
  },
  {
    name: 'CountryContinent',
    document: 'query CountryContinent($code: ID!) { country(code: $code) { code continent { code name __typename } __typename } }',
    variables: codes('RU FR JP BR KE CA'),
    weight: 4,
  },
  {
    name: 'CountryDialling',
    document: 'query CountryDialling($code: ID!) { country(code: $code) { code dialling { codes main __typename } __typename } }',
    variables: codes('DO PR FR JP BR'),
    weight: 5,
  },
  { name: 'Continents', document: 'query Continents { continents { code name __typename } }', variables: [{}], weight: 6 },
  {
    name: 'ContinentCountries',
    document: 'query ContinentCountries { continents { code countries { code __typename } __typename } }',
    variables: [{}],
    weight: 4,
  },
  {
    name: 'LanguageName',
    document: 'query LanguageName($code: ID!) { language(code: $code) { code name rtl __typename } }',
    variables: codes('en de ja ar'),
    weight: 6,
  },
  {
    name: 'LanguageLookup',
    document: 'query LanguageLookup($code: ID!) { language(code: $code) { code native __typename } }',
    variables: codes('fr tlh es'),
    weight: 3,
  },
  {
    name: 'SearchCountries',
    document: 'query SearchCountries($text: String!) { search(text: $text) { code __typename } }',
    variables: ['land', 'an', 'uni'].map((text) => ({ text })),
    weight: 4,
  },
  { name: 'ServerTime', document: 'query ServerTime { serverTime }', variables: [{}], weight: 2 },
  { name: 'GuestBook', document: 'query GuestBook { guestBook(first: 1) { id name text __typename } }', variables: [{}], weight: 4 },
  { name: 'UnknownField', document: 'query UnknownField { continents { code population __typename } }', variables: [{}], weight: 2 },
  {
    name: 'SignGuestBook',
    document: 'mutation SignGuestBook($name: String!, $text: String!) { sign(name: $name, text: $text) { id __typename } }',
    variables: [{ name: 'Grace', text: 'Hello.' }],
    weight: 2,
  },
  { name: 'LikeCountry', document: 'mutation LikeCountry($code: ID!) { like(code: $code) }', variables: COUNTRIES, weight: 1 },
]
