import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, createComparer, type ComparisonInput } from '../../../src/core/comparison/compare.ts'
import { parseDocument } from '../../../src/core/comparison/executed.ts'
import { isSensitiveName } from '../../../src/core/comparison/privacy.ts'
import type { Reveal } from '../../../src/core/comparison/reveal.ts'
import { createRedactor, type RedactionSettings } from '../../../src/core/comparison/redact.ts'
import { bodyOf, fault } from './pairs.ts'

const schema = buildSchema(`
  directive @pii on FIELD_DEFINITION | OBJECT
  scalar EmailAddress
  scalar JSON
  interface Named { name: String @pii }
  type Person implements Named { name: String, nick: String, contact: EmailAddress, phoneNumber: String, home: Place @pii, bag: JSON }
  type Place { city: String, country: Country }
  type Country { code: String, capital: String, population: Int }
  type Vault @pii { word: String }
  input Filter { owner: EmailAddress, ages: [Int!], within: Filter, free: JSON }
  type Query { countries(filter: Filter): [Country!], person: Person, vault: Vault, actor: Named }
`)
const document =
  '{ countries { code capital population } person { name nick contact phoneNumber home { city country { code } } bag } vault { word } }'

const sign = (text: string, at: number): string => `h${text.length}at${at}`

function example(
  allow: readonly string[],
  legacy: unknown,
  candidate: unknown,
  request: Partial<ComparisonInput> = {},
  signed: Pick<RedactionSettings, 'sign' | 'reveals'> = {},
) {
  const settings = { schemas: { legacy: schema, candidate: schema }, parse: parseDocument }
  const input = {
    document,
    legacy: { status: 200, headers: [], body: bodyOf(legacy) },
    candidate: { status: 200, headers: [], body: bodyOf(candidate) },
    ...request,
  }
  const { differences } = createComparer({ ...settings, rules: [], headers: [], limits: DEFAULT_LIMITS })(input)
  const [difference] = differences
  if (difference === undefined) throw new Error('no difference')
  return createRedactor({ allow, ...signed }, settings).example(input, difference, { operation: 'query:Q#1', region: 'eu', at: 1 })
}

const country = (capital: string) => ({ data: { countries: [{ code: 'BI', capital, population: 12 }] } })
const answerOf = (text: string): unknown => JSON.parse(text)

describe('an example', () => {
  test('shows no value when nothing is allowed', () => {
    const found = example([], country('Bujumbura'), country('Gitega'))
    expect(found).toMatchObject({ path: 'data.countries[0].capital', legacy: '‹text›', candidate: '‹text›' })
    expect(answerOf(found.legacyAnswer)).toEqual({
      data: { countries: [{ code: '‹constant›', capital: '‹text›', population: '‹integer›' }] },
    })
    expect(JSON.stringify(found)).not.toMatch(/Bujumbura|Gitega|BI/)
  })

  test.each([['Country.capital'], ['Country.*'], ['*']])('shows the value that %s allows', (allow) => {
    expect(example([allow], country('Bujumbura'), country('Gitega'))).toMatchObject({ legacy: '"Bujumbura"', candidate: '"Gitega"' })
  })

  test('shows no other value than the allowed one', () => {
    const found = example(['Country.capital'], country('Bujumbura'), country('Gitega'))
    expect(answerOf(found.candidateAnswer)).toEqual({
      data: { countries: [{ code: '‹constant›', capital: 'Gitega', population: '‹integer›' }] },
    })
  })

  const person = (value: object) => ({ data: { person: value } })
  test.each<[string, string, object, object, string]>([
    ['a directive on the interface', 'name', { name: 'Ann' }, { name: 'Bob' }, 'Person.name'],
    ['the scalar', 'contact', { contact: 'ann' }, { contact: 'bob' }, 'Person.contact'],
    ['the name', 'phoneNumber', { phoneNumber: 'one' }, { phoneNumber: 'two' }, 'Person.phoneNumber'],
    ['a directive on a field above', 'home', { home: { city: 'Ghent' } }, { home: { city: 'Bruges' } }, 'Place.city'],
  ])('keeps what %s marks, even under a wildcard, until its exact coordinate is allowed', (_name, _field, left, right, coordinate) => {
    const text = (allow: string[]): string => JSON.stringify(example(allow, person(left), person(right)))
    const values = /Ann|Bob|ann|bob|one|two|Ghent|Bruges/
    expect(text(['*', 'Person.*', 'Place.*']).replaceAll('phone', '')).not.toMatch(values)
    expect(text([coordinate])).toMatch(values)
  })

  const reveal = (id: string, ...coordinates: string[]): Reveal => ({
    id,
    version: 1,
    coordinates,
    who: 'ada',
    why: 'test',
    from: 0,
    until: 10,
    forgetAt: 20,
  })

  test('shows what somebody revealed, says under which reveal, and nothing else', () => {
    const reveals = () => [reveal('other', 'Person.name'), reveal('r1', 'Country.capital')]
    const found = example([], country('Bujumbura'), country('Gitega'), {}, { reveals })
    expect(found).toMatchObject({ legacy: '"Bujumbura"', candidate: '"Gitega"', revealed: { by: ['r1'], since: 0 } })
    expect(answerOf(found.candidateAnswer)).toEqual({
      data: { countries: [{ code: '‹constant›', capital: 'Gitega', population: '‹integer›' }] },
    })
  })

  test('is nobody’s to remove where the allow list was enough', () => {
    const found = example(['Country.*'], country('Bujumbura'), country('Gitega'), {}, { reveals: () => [reveal('r1', 'Country.capital')] })
    expect(found).not.toHaveProperty('revealed')
  })

  test('shows nothing under a reveal that is over', () => {
    const reveals = () => [{ ...reveal('r1', 'Country.capital'), until: 1 }]
    expect(example([], country('Bujumbura'), country('Gitega'), {}, { reveals })).toMatchObject({ legacy: '‹text›' })
  })

  test('keeps what looks personal under a revealed type, until it is revealed by name', () => {
    const [ann, bob] = [person({ phoneNumber: 'one' }), person({ phoneNumber: 'two' })]
    const text = (...coordinates: string[]): string => example([], ann, bob, {}, { reveals: () => [reveal('r1', ...coordinates)] }).legacy
    expect([text('Person.*'), text('Person.phoneNumber')]).toEqual(['‹text›', '"one"'])
  })

  test('keeps the fields of a marked type', () => {
    expect(example(['*'], { data: { vault: { word: 'Rose' } } }, { data: { vault: { word: 'Lily' } } })).toMatchObject({
      legacy: '‹text›',
    })
  })

  test('keeps the keys inside a scalar and of what nobody asked for', () => {
    const found = example(['*'], person({ bag: { 'ann@example.org': 1 } }), person({ bag: { 'ann@example.org': 2 } }))
    expect(found.path).toBe('data.person.bag')
    expect(JSON.stringify(found)).not.toContain('ann')
    const extra = example(['*'], person({ nick: 'a' }), person({ nick: 'a', annSmith: 1 }))
    expect(JSON.stringify(extra)).not.toContain('annSmith')
  })

  test('keeps everything where the document is not known', () => {
    const found = example(['*'], country('Bujumbura'), country('Gitega'), { document: 'not GraphQL' })
    expect(JSON.stringify(found)).not.toMatch(/Bujumbura|Gitega/)
  })

  test('shows errors by their template', () => {
    const withFault = (name: string) => ({ data: { person: null }, errors: [fault(`no '${name}' 17`, ['person'], 'GONE')] })
    const found = example([], withFault('ann'), { data: { person: null } })
    expect(found.legacy).toBe('‹GONE: no ‹…› ‹n››')
    expect(answerOf(found.legacyAnswer)).toEqual({
      data: { person: null },
      errors: [{ message: 'no ‹…› ‹n›', path: 'data.person', code: 'GONE' }],
    })
  })

  test('marks a value that it keeps back by shape, length and keyed hash', () => {
    const found = example([], country('Bujumbura'), country('Gitega'), {}, { sign })
    expect(found).toMatchObject({ legacy: '‹text 9 #h9at1›', candidate: '‹text 6 #h6at1›' })
    expect(answerOf(found.legacyAnswer)).toEqual({
      data: { countries: [{ code: '‹constant 2 #h2at1›', capital: '‹text 9 #h9at1›', population: '‹integer #h2at1›' }] },
    })
  })

  test('tells of variables their shapes by input coordinate, and no key that the schema does not know', () => {
    const document = 'query Q($filter: Filter, $id: ID, $unused: Int) { countries(filter: $filter) { code capital population } }'
    const filter = { owner: 'ann@example.org', ages: [1, 2], within: { owner: 'bob' }, free: { ann: 'bob' }, ann: 'bob' }
    const found = example(['*'], country('a'), country('b'), { document, variables: { filter, id: '17', ann: 'bob' } })
    expect(found.variables).toEqual({ 'Filter.owner': 'text', 'Filter.ages': 'list', 'Filter.free': 'object', $id: 'digits' })
    expect(JSON.stringify(found)).not.toMatch(/ann|bob/)
  })

  test('hides in an error what the client gave, in quotes or not, and the keys of its path that nobody asked for', () => {
    const document = 'query Q($name: String) { person { bag } vault { word(key: "gaffer") } }'
    const failed = { data: { person: null, vault: null }, errors: [fault('no ann lee or gaffer there', ['person', 'bag', 'ann'])] }
    const found = example(['*'], failed, { data: { person: null, vault: null } }, { document, variables: { name: 'Ann Lee' } })
    expect(found).toMatchObject({ legacy: '‹no ‹…› or ‹…› there›', path: 'data.person.bag' })
    expect(JSON.stringify(found)).not.toMatch(/ann|lee|gaffer/i)
  })

  test('is JSON within its bound, however large the answers are', () => {
    const names = Array.from({ length: 60 }, (_, index) => `c${index}`)
    const large = (capital: string) => {
      const one = Object.fromEntries(names.map((name) => [name, capital.repeat(500)]))
      return { data: { countries: Array.from({ length: 5_000 }, () => one) } }
    }
    const document = `{ countries { ${names.map((name) => `${name}: capital`).join(' ')} } }`
    const { legacyAnswer, candidateAnswer } = example(['*'], large('a'), large('b'), { document })
    for (const answer of [legacyAnswer, candidateAnswer]) {
      expect(answer.length).toBeLessThan(9_000)
      expect(answerOf(answer)).toHaveProperty('data.countries')
    }
  })

  test('says of an answer that is no JSON how long it is', () => {
    expect(example(['*'], '<html>secret</html>', country('Gitega')).legacyAnswer).toBe('‹not shown: 19 bytes›')
  })
})

test.each<[string, boolean]>([
  ['email', true],
  ['workEmailAddress', true],
  ['user_ip', true],
  ['ipAddress', true],
  ['accessToken', true],
  ['iban', true],
  ['lastName', true],
  ['bic', true],
  ['sessions', true],
  ['capital', false],
  ['public', false],
  ['ownership', false],
  ['cardinality', false],
  ['syntax', false],
  ['name', false],
  ['code', false],
])('%s tells of personal data by its name: %s', (name, expected) => {
  expect(isSensitiveName(name)).toBe(expected)
})

describe('an example of a REST answer', () => {
  const rest = { name: 'GET /users/{id}' }
  const user = (city: string) => ({ id: 5, name: 'Ada', items: [{ city, email: 'ada@example.org' }], scores: { 'bob smith': 1, carol: 2 } })

  test('shows its names and no value when nothing is allowed, and no key that is data', () => {
    const found = example([], user('Gitega'), user('Bujumbura'), { rest })
    expect(found).toMatchObject({ path: 'body.items[0].city', legacy: '‹text›', candidate: '‹text›' })
    expect(answerOf(found.legacyAnswer)).toEqual({
      id: '‹integer›',
      name: '‹text›',
      items: [{ city: '‹text›', email: '‹email›' }],
      scores: '‹object›',
    })
    expect(JSON.stringify(found)).not.toMatch(/Gitega|Bujumbura|Ada|ada@|bob|carol/)
  })

  test.each([['GET /users/{id}: items[].city'], ['GET /users/{id}: *'], ['*']])(
    'shows the value that %s allows, and no personal one',
    (allow) => {
      const found = example([allow], user('Gitega'), user('Bujumbura'), { rest })
      expect(found).toMatchObject({ legacy: '"Gitega"', candidate: '"Bujumbura"' })
      expect(JSON.stringify(found)).not.toMatch(/ada@|bob|carol/)
    },
  )

  test('names the place of a key that is data no further than to the object that has it', () => {
    const found = example(['*'], { scores: { 'bob smith': 1 } }, { scores: { 'bob smith': 2 } }, { rest })
    expect(found).toMatchObject({ path: 'body.scores', legacy: '‹integer›', candidate: '‹integer›' })
    expect(JSON.stringify(found)).not.toMatch(/bob/)
  })
})
