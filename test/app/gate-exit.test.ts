import { expect, test } from 'vitest'
import type { GateFigures } from '../../src/core/evidence/verdict.ts'
import { ask, cli, startTree } from '../support/banyan.ts'
import { freePort } from '../support/postgres.ts'
import { LOOSE_GATES, soonSettled, traffic, valueBackend } from '../support/rollout.ts'
import { until } from '../support/sockets.ts'

interface Said {
  readonly region: string
  readonly verdict: string
  readonly ruleVersion: string
  readonly gates: readonly GateFigures[]
}

test(
  'banyan gate ends with 0 where all pass, 1 where one fails, 3 where too little is known, 2 where it cannot be asked',
  { timeout: 240_000 },
  async () => {
    const banyan = await startTree({
      ...soonSettled(await valueBackend(), await valueBackend((query, region) => query.includes('Bad') && region === 'us')),
      region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
      operations: [{ match: 'query:*', stage: 'shadow' }],
      gates: LOOSE_GATES,
      workers: 1,
    })
    await ask(banyan, 'query Rare { value }', { 'x-user': 'u1', 'x-region': 'eu' })
    traffic(banyan, ['Good', 'Bad'], ['eu', 'us'])
    const gate = (...args: string[]) => cli(['gate', ...args, '--admin', banyan.admin])
    const ends = (code: number, ...args: string[]) => until(async () => (await gate(...args)).code === code)

    await ends(0, 'Good')
    await ends(1, 'Bad')
    // One region that fails is enough; by itself the other one passes.
    await ends(0, 'Bad', '--region', 'eu')
    await ends(3, 'Rare')
    // Nothing was seen there: that is not known yet, and no mistake of whoever asks.
    expect(await gate('Rare', '--region', 'us')).toMatchObject({ code: 3 })

    const said = JSON.parse((await gate('Bad', '--region', 'us', '--json')).stdout) as readonly Said[]
    expect(said).toMatchObject([{ region: 'us', verdict: 'fail' }])
    expect(said[0]?.gates.map((one) => [one.gate, one.verdict])).toEqual([
      ['parity', 'fail'],
      ['errors', 'pass'],
      ['coverage', 'pass'],
    ])
    expect(said[0]?.gates[0]).toMatchObject({ bound: 0.3, estimate: 1, of: 'comparisons', rules: said[0]?.ruleVersion })
    const text = (await gate('Bad', '--region', 'us')).stdout
    expect(text).toMatch(/^query:Bad#\w+ in us: fail: /)
    expect(text).toMatch(/^parity +fail +100 % /m)
    expect((await cli(['report', '--admin', banyan.admin])).stdout).toContain(`- candidate build unnamed, rules ${said[0]?.ruleVersion}: `)

    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [['Nobody'], /no operation Nobody in this time/],
      [['Good', '--minutes', 'soon'], /soon/],
      [['Good', '--minuts', '5'], /unknown option/],
      [[], /missing required argument/],
    ]
    for (const [args, why] of refused) {
      const ran = await gate(...args)
      expect({ args, ...ran }).toMatchObject({ args, code: 2, stdout: '' })
      expect(ran.stderr).toMatch(why)
    }
    expect(await cli(['gate', 'Good', '--admin', `http://127.0.0.1:${await freePort()}`])).toMatchObject({ code: 2, stdout: '' })
  },
)
