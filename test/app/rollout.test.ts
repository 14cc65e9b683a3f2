import { describe, expect, test } from 'vitest'
import type { RolloutView, UnitView } from '../../src/admin/rollout-views.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree } from '../support/banyan.ts'
import { LOOSE_GATES, planFile, soonSettled, traffic, valueBackend } from '../support/rollout.ts'
import { until } from '../support/sockets.ts'

const STEPS = [
  { name: 'mirror', stage: 'shadow', gates: LOOSE_GATES },
  { name: 'a quarter of us', regions: ['us'], stage: 'live', percent: 25, gates: LOOSE_GATES },
  { name: 'eu', regions: ['eu'], stage: 'live', gates: LOOSE_GATES, approval: 'person' },
]
const NAMES = ['Good', 'Turning']
const REGIONS = ['eu', 'us']

describe('a plan', () => {
  test('moves what is good by itself, takes back what turns bad in one region, and leaves a story', { timeout: 240_000 }, async () => {
    let isTurned = false
    const [legacy, candidate] = [await valueBackend(), await valueBackend((query) => isTurned && query.includes('Turning'))]
    const banyan = await startTree({
      ...soonSettled(legacy, candidate),
      region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
      privacy: { allow: ['*'] },
      rollouts: [planFile(['query:Good', 'query:Turning'], STEPS)],
    })
    traffic(banyan, NAMES, REGIONS)
    const rollout = (...args: string[]) => cli(['rollout', ...args, '--admin', banyan.admin])
    const unit = async (name: string): Promise<UnitView | undefined> => {
      const [view] = await banyan.get<RolloutView[]>('/api/rollouts')
      return view?.units.find((one) => one.name.startsWith(`query:${name}#`))
    }
    const isAt = (name: string, step: number, status: string) => async () => {
      const { position } = (await unit(name)) ?? {}
      return position?.step === step && position.status === status
    }

    await until(async () => (await banyan.overview()).rows.length === 4)
    const wouldStart = await rollout('start', 'reads', '--why', 'ready', '--dry-run')
    expect(wouldStart).toMatchObject({ code: 0, stdout: 'would change reads: not started → running\n' })
    expect((await banyan.get<RolloutView[]>('/api/rollouts'))[0]).not.toHaveProperty('state')
    expect(await rollout('start', 'reads', '--why', 'ready', '--by', 'ada')).toMatchObject({ code: 0 })

    await until(isAt('Turning', 1, 'moving'))
    isTurned = true
    await until(isAt('Turning', 1, 'back'))
    // The other operation and the other region go on.
    await until(async () => (await unit('Good'))?.next?.kind === 'ask')
    expect((await rollout('show', 'reads')).stdout).toMatch(/ask: a person lets it into step eu/)
    expect((await rollout('advance', 'reads', '--unit', 'Good', '--why', 'looked at it', '--by', 'bo')).stdout).toContain('let into eu')
    await until(isAt('Good', 2, 'done'))

    const flags = await banyan.get<{ flag: string; region: string; stage: string; percent: number }[]>('/api/flags')
    const standing = flags.map(({ flag, region, stage, percent }) => `${flag} ${region} ${stage} ${percent}`)
    expect(standing.filter((line) => !line.includes('*')).toSorted()).toEqual([
      'banyan.query.Good eu live 100',
      'banyan.query.Good us live 25',
      'banyan.query.Turning eu shadow 100',
      'banyan.query.Turning us shadow 100',
    ])
    const audit = await banyan.get<AuditEntry[]>('/api/audit?limit=100')
    const story = audit
      .filter(({ target }) => target.startsWith('plan:'))
      .map(({ who, target, from, to }) => `${who} ${target.replace(/#.*/, '')}: ${from} → ${to}`)
      .toReversed()
    expect(story.filter((line) => line.includes('Turning'))).toEqual([
      'controller plan:reads/query:Turning: not begun → mirror',
      'controller plan:reads/query:Turning: mirror → a quarter of us',
      'controller plan:reads/query:Turning: a quarter of us → a quarter of us, taken back in us',
    ])
    expect(story.filter((line) => line.includes('Good'))).toEqual([
      'controller plan:reads/query:Good: not begun → mirror',
      'controller plan:reads/query:Good: mirror → a quarter of us',
      'bo plan:reads/query:Good: a quarter of us → let into eu',
      'controller plan:reads/query:Good: a quarter of us → eu',
      'controller plan:reads/query:Good: eu → done',
    ])
    expect(story[0]).toBe('ada plan:reads: not started → running')
    expect(await (await fetch(`${banyan.admin}/metrics`)).text()).toMatch(
      /banyan_rollout_transitions_total\{[^}]*plan="reads"[^}]*kind="back"[^}]*\} 1/,
    )
    expect(audit.find(({ to }) => to.includes('taken back'))?.why).toMatch(/us fail: .*comparisons .*differ/)

    // The gates say the same to whoever asks, and a replay tells where it would have stopped.
    expect((await cli(['gate', 'Good', '--region', 'eu', '--admin', banyan.admin])).code).not.toBe(2)
    expect(await cli(['gate', 'Turning', '--region', 'us', '--admin', banyan.admin])).toMatchObject({ code: 1 })
    expect((await rollout('plan', 'reads', '--replay', '7d')).stdout).toMatch(
      /^with last week's evidence it would have .* because us fail: /m,
    )
    expect((await rollout('plan', 'reads', '--config', banyan.configFile)).stdout).toMatch(
      /moves query:Good, query:Turning, each operation by itself\n- query:Good#\w+\n- query:Turning#\w+\n2 units: /,
    )
    const replayed = await rollout('plan', 'reads', '--replay', '1h')
    expect(replayed.stdout).toMatch(/enter +mirror/)
    expect(replayed.stdout).toMatch(
      /with the last 1 h's evidence it would have (gone through all 3 steps|(stopped at|been taken back from) step \d, because )/,
    )
  })

  test('goes back as soon as the candidate serves nobody, and clients are served all the while', { timeout: 240_000 }, async () => {
    const [legacy, candidate] = [await valueBackend(), await valueBackend()]
    const steps = [
      { name: 'mirror', stage: 'shadow', gates: LOOSE_GATES },
      { name: 'us', regions: ['us'], stage: 'live' },
    ]
    const banyan = await startTree({
      ...soonSettled(legacy, candidate),
      region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
      rollouts: [planFile(['query:Good'], steps)],
    })
    traffic(banyan, NAMES, REGIONS)
    await until(async () => (await banyan.overview()).rows.length === 4)
    await cli(['rollout', 'start', 'reads', '--why', 'ready', '--admin', banyan.admin])
    const position = async () => (await banyan.get<RolloutView[]>('/api/rollouts'))[0]?.units[0]?.position
    await until(async () => (await position())?.step === 1)

    await candidate.close()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, user) => ask(banyan, 'query Good { value }', { 'x-user': `g${user}`, 'x-region': 'us' })),
    )
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"data":{"value":"right"}}']))
    await until(async () => (await position())?.status === 'back')
    expect(await position()).toMatchObject({
      step: 1,
      backRegions: ['us'],
      why: expect.stringContaining('us fail: '),
    })
    await until(async () => {
      const flags = await banyan.get<{ region: string; stage: string }[]>('/api/flags')
      return flags.some(({ region, stage }) => region === 'us' && stage === 'shadow')
    })
  })

  test('is no condition: what was set by hand goes back, too', { timeout: 240_000 }, async () => {
    const [legacy, candidate] = [await valueBackend(), await valueBackend()]
    const banyan = await startTree({
      ...soonSettled(legacy, candidate),
      region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
      operations: [{ match: 'query:*', stage: 'shadow' }],
    })
    traffic(banyan, NAMES, REGIONS)
    await until(async () => (await banyan.overview()).rows.length === 4)
    const set = () => cli(['flags', 'set', 'Good', '--why', 'a test', '--region', 'us', '--stage', 'live', '--admin', banyan.admin])
    const stage = async (region: string) =>
      (await banyan.overview()).rows.find((row) => row.operation.startsWith('query:Good#') && row.region === region)?.stage
    await set()
    await until(async () => (await stage('us')) === 'live')
    await candidate.close()
    await until(async () => (await stage('us')) === 'shadow')
    const entry = (await banyan.get<AuditEntry[]>('/api/audit')).find(({ target }) => target === 'banyan.query.Good')
    expect(entry).toMatchObject({
      who: 'controller',
      region: 'us',
      from: 'live',
      to: 'shadow',
      why: expect.stringContaining('(by hand): us fail: '),
    })
    // Whoever sets it again releases it, and is guarded again.
    await set()
    await until(async () => (await stage('us')) === 'live')
    await until(async () => (await stage('us')) === 'shadow')
  })
})
