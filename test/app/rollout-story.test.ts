import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import type { RolloutView } from '../../src/admin/rollout-views.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import type { FlagLine } from '../../src/core/routing/flag-lines.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { fastClock } from '../support/fast.ts'
import { httpServer, until } from '../support/sockets.ts'

const REGIONS = ['us', 'eu', 'ap'] as const
/** Loose enough that a handful of requests decides. */
const GATES = {
  mismatches: 0.3,
  failures: 0.3,
  coverage: 0.1,
  falsePass: 0.2,
  falseFail: 0.2,
  p50: 'none',
  p95: 'none',
  p99: 'none',
  soak: '0s',
}
const PLAN = {
  version: 1,
  name: 'reads',
  why: 'staging first, then one region after the other',
  operations: ['query:Good', 'query:Turning'],
  steps: [
    { name: 'shadow in staging', regions: ['staging'], stage: 'shadow', gates: GATES },
    { name: 'live in staging', regions: ['staging'], stage: 'live', gates: GATES },
    { name: 'shadow everywhere', regions: [...REGIONS], stage: 'shadow', gates: GATES },
    ...REGIONS.flatMap((region) => [
      { name: `a quarter of ${region}`, regions: [region], stage: 'live', percent: 25, bake: '30s', gates: GATES },
      { name: `complete in ${region}`, regions: [region], stage: 'complete', gates: 'none' },
    ]),
  ],
}

/** Users of every region ask both operations until the test has seen enough. */
function traffic(banyan: Tree): void {
  let [over, user] = [false, 0]
  onTestFinished(() => void (over = true))
  const go = async (): Promise<void> => {
    while (!over) {
      user = (user + 1) % 200
      const asked = ['Good', 'Turning'].flatMap((name) =>
        ['staging', ...REGIONS].map((region) =>
          ask(banyan, `query ${name} { value }`, { 'x-user': `u${user}`, 'x-region': region }).catch(() => undefined),
        ),
      )
      await Promise.all(asked)
    }
  }
  void go()
}

/** Answers every query with the same data, but what is turned bad. */
async function backend(isBad: (query: string, region: string) => boolean = () => false): Promise<string> {
  const { url } = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const value = isBad(body, String(request.headers['x-region'])) ? 'wrong' : 'right'
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { value } }))
    })
  })
  return `${url}/graphql`
}

test(
  'a plan goes by itself from shadow in staging to complete in the last region; what turns bad at a quarter of one region goes back there alone',
  { timeout: 600_000 },
  async () => {
    let isTurned = false
    const [legacy, candidate] = [
      await backend(),
      await backend((query, region) => isTurned && region === 'eu' && query.includes('Turning')),
    ]
    const plan = join(mkdtempSync(join(tmpdir(), 'banyan-plan-')), 'reads.yaml')
    writeFileSync(plan, stringify(PLAN))
    const banyan = await startTree(
      {
        backends: { legacy: { url: legacy, timeoutMs: 1_000 }, candidate: { url: candidate, timeoutMs: 1_000 } },
        // So that what is counted is soon settled, and a replica that is gone soon given up.
        mirror: { timeoutMs: 1_000, confirm: { perSecond: 0 } },
        guard: { absence: '20s' },
        region: { header: 'x-region', allow: ['staging', ...REGIONS], fallback: 'staging' },
        subject: { header: 'x-user' },
        privacy: { allow: ['*'] },
        rollouts: [plan],
        workers: 1,
      },
      fastClock(10),
    )
    traffic(banyan)
    const unit = async (name: string) => {
      const [view] = await banyan.get<RolloutView[]>('/api/rollouts')
      return view?.units.find((one) => one.name.startsWith(`query:${name}#`))
    }
    await until(async () => (await banyan.overview()).rows.length === 8)
    expect(await cli(['rollout', 'start', 'reads', '--why', 'the rewrite is ready', '--by', 'ada', '--admin', banyan.admin])).toMatchObject(
      {
        code: 0,
      },
    )

    const quarterOfEu = PLAN.steps.findIndex(({ name }) => name === 'a quarter of eu')
    await until(async () => (await unit('Turning'))?.position.step === quarterOfEu)
    isTurned = true
    const turnedAt = performance.now()
    await until(async () => (await unit('Turning'))?.position.status === 'back')
    // Two looks are enough where the machine is: bench/ has the figures. Here it must not take a step's time.
    expect(performance.now() - turnedAt).toBeLessThan(60_000)
    await until(async () => (await unit('Good'))?.position.status === 'done')

    const flags = await banyan.get<FlagLine[]>('/api/flags')
    const standing = flags.filter(({ region }) => region !== '*').map(({ flag, region, stage }) => `${flag} ${region} ${stage}`)
    expect(standing.toSorted()).toEqual([
      'banyan.query.Good ap complete',
      'banyan.query.Good eu complete',
      'banyan.query.Good staging live',
      'banyan.query.Good us complete',
      'banyan.query.Turning ap shadow',
      'banyan.query.Turning eu shadow',
      'banyan.query.Turning staging live',
      'banyan.query.Turning us complete',
    ])

    const audit = await banyan.get<AuditEntry[]>('/api/audit?limit=200&plan=reads')
    const told = (name: string): readonly string[] =>
      audit
        .toReversed()
        .filter(({ target }) => target === 'plan:reads' || target.includes(`query:${name}#`))
        .map(({ who, region, from, to, why }) => `${who}, ${region}: ${from} → ${to}, because ${why.replaceAll(/\d+(\.\d+)?/g, 'N')}`)
    const passed = (region: string): string => `${region} pass: `
    const expected: readonly (readonly [string, string])[] = [
      ['ada, *: stopped → running, because ', 'the rewrite is ready'],
      ['controller, staging: not begun → shadow in staging, because reads: ', 'the plan was started'],
      ['controller, staging: shadow in staging → live in staging, because reads: ', passed('staging')],
      ['controller, us,eu,ap: live in staging → shadow everywhere, because reads: ', passed('staging')],
      ['controller, us: shadow everywhere → a quarter of us, because reads: ', passed('us')],
      ['controller, us: a quarter of us → complete in us, because reads: ', passed('us')],
      ['controller, eu: complete in us → a quarter of eu, because reads: ', 'N s at step complete in us are over'],
      ['controller, eu: a quarter of eu → complete in eu, because reads: ', passed('eu')],
      ['controller, ap: complete in eu → a quarter of ap, because reads: ', 'N s at step complete in eu are over'],
      ['controller, ap: a quarter of ap → complete in ap, because reads: ', passed('ap')],
      ['controller, *: complete in ap → done, because reads: ', 'the last step has passed'],
    ]
    const good = told('Good')
    expect(good).toHaveLength(expected.length)
    for (const [index, [what, why]] of expected.entries()) expect(good[index]).toContain(what + why)
    const turning = told('Turning')
    const back = 'controller, eu: a quarter of eu → a quarter of eu, taken back in eu, because reads: eu fail: '
    expect(turning.at(-1)).toMatch(new RegExp(`^${back}.*comparisons .*differ`))
    expect(turning.slice(0, -1).map((line) => line.split(', because')[0])).toEqual(
      expected.slice(0, 7).map(([what]) => what.split(', because')[0]),
    )
  },
)
