import { expect, test } from 'vitest'
import { cli } from '../support/banyan.ts'
import { freePort } from '../support/postgres.ts'

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
    const groups = [...stdout.matchAll(/^ +\d+\. (\S+) {2}([\w-]+) \(([\w-]+)\)$/gm)].map(([, coordinate, name]) => `${coordinate} ${name}`)
    expect(groups.length).toBeGreaterThanOrEqual(5)
    expect(groups).toEqual(expect.arrayContaining(['Country.name value', 'Country.languages list-order', 'Query.serverTime value']))
    expect(stdout).toMatch(/"Swaziland" → "Eswatini"|"Czech Republic" → "Czechia"/)
    expect(stdout).toMatch(/Country\.dialling {2}nullness \(null-bubbling\)/)
    for (const row of stdout.split('\n').filter((line) => /^query:(LanguageName|Continents|GuestBook)\b/.test(line)))
      // Parity; how much of it a slow machine compares is its own affair.
      expect(row).toMatch(/\d % +100 % /)
    expect(stdout).toMatch(/mutation:SignGuestBook\S* +\S+ +off +\d+ +0 +– +–/)
  },
)
