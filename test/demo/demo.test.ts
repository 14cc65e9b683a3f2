import { expect, test } from 'vitest'
import { cli } from '../support/banyan.ts'
import { freePort } from '../support/postgres.ts'

/** What the demo plants: each with the class and the coordinate that it has to be reported by. */
const PLANTED = [
  'status status (400-to-200)',
  'Country.dialling nullness (null-bubbling)',
  'Query.search list-membership (replaced)',
  'Continent.countries list-membership (replaced)',
  'Country.name value (string)',
  'Country.native value (string)',
  'Query.serverTime value (string)',
  'Country.currency value (string)',
  'Country.capital value (string)',
  'Continent.name value (string)',
  'Continent.code value (string)',
  'Country.languages list-order (reordered)',
  'header:cache-control header (only-legacy)',
  'Query.language error-text (message)',
]
/** Of a few countries only, which short traffic may not come to. */
const RARE = new Set([
  'Country.languages list-membership (removed)',
  'Country.languages list-membership (added)',
  'Country.languages list-membership (replaced)',
])

test(
  'the demo ends by itself, clients saw no failure, and its report names what was planted and nothing that is equal',
  { timeout: 180_000 },
  async () => {
    const ran = await cli([
      'demo',
      '--seconds',
      '40',
      '--rate',
      '60',
      '--port',
      String(await freePort()),
      '--admin-port',
      String(await freePort()),
    ])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = ran
    expect(stdout).toMatch(/clients: \d{3,} requests answered, 0 failed; mutations seen by the candidate: 0\n$/)
    const groups = [...stdout.matchAll(/^ +\d+\. (\S+) {2}([\w-]+ \([\w-]+\))$/gm)].map(([, coordinate, name]) => `${coordinate} ${name}`)
    expect(new Set(groups.filter((group) => !RARE.has(group)))).toEqual(new Set(PLANTED))
    expect(stdout).toMatch(/"Swaziland" → "Eswatini"|"Czech Republic" → "Czechia"/)
    for (const row of stdout.split('\n').filter((line) => /^query:(LanguageName|Continents|GuestBook)\b/.test(line)))
      // Parity; how much of it a slow machine compares is its own affair.
      expect(row).toMatch(/\d % +100 % /)
    expect(stdout).toMatch(/mutation:SignGuestBook\S* +\S+ +off +\d+ +0 +– +–/)
  },
)
