import { existsSync, writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../src/admin/control-plane.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { door } from '../support/door.ts'
import { keptFlag, launchDarkly } from '../support/launchdarkly.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { httpServer, until } from '../support/sockets.ts'
import { temporaryFolder } from '../storage/stores.ts'

const named = (from: string) =>
  httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { from } }))
  })

/** A tree whose one operation is served by the candidate. */
async function movedTree(store?: string): Promise<Tree> {
  const [legacy, candidate] = [await named('legacy'), await named('candidate')]
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    ...(store === undefined ? {} : { store: { url: store } }),
  })
  await ask(banyan, 'query Who { from }')
  await until(async () => (await banyan.overview()).rows.length === 1)
  await cli(['flags', 'set', 'Who', '--why', 'a test', '--stage', 'complete', '--admin', banyan.admin])
  await until(isServedBy(banyan, 'candidate'))
  return banyan
}

/** For flags of LaunchDarkly, as the support has them for our own. */
function files(): { readonly lastKnown: string; readonly emergencyFile: string } {
  const folder = temporaryFolder()
  return { lastKnown: join(folder, 'flags.json'), emergencyFile: join(folder, 'everything-to-legacy') }
}

const isServedBy = (banyan: Tree, origin: string) => async (): Promise<boolean> =>
  (await ask(banyan, 'query Who { from }')).text.includes(origin)

describe('everything goes to legacy', () => {
  test('when a person says so, on every replica and in the record, until a person releases it', async () => {
    const banyan = await movedTree()
    const rollback = (...args: string[]) => cli(['rollback', ...args, '--why', 'complaints', '--by', 'ada', '--admin', banyan.admin])
    expect(await rollback()).toMatchObject({ code: 2 })
    expect((await rollback('--all', '--dry-run')).stdout).toBe('would be: everything goes to legacy, on every replica\n')
    expect(await isServedBy(banyan, 'candidate')()).toBe(true)

    expect((await rollback('--all')).stdout).toBe('everything goes to legacy, on every replica\n')
    await until(isServedBy(banyan, 'legacy'))
    expect((await rollback('--all')).stdout).toBe('nothing to change: everything goes to legacy\n')
    expect(await banyan.get<Status>('/api/status')).toMatchObject({ emergency: true })
    const [entry] = await banyan.get<AuditEntry[]>('/api/audit')
    expect(entry).toMatchObject({ who: 'ada', target: 'banyan.everything-to-legacy', to: 'everything to legacy', why: 'complaints' })
    // The store holds it for all replicas; the file was for the moments before.
    expect(existsSync(banyan.emergencyFile)).toBe(false)

    expect((await rollback('--release')).stdout).toBe('the flags decide again, on every replica\n')
    await until(isServedBy(banyan, 'candidate'))
  })

  test('while a file exists, though control is gone, and an edge that is started again knows it', async () => {
    const banyan = await movedTree()
    process.kill(banyan.pid('control'), 'SIGSTOP')
    writeFileSync(banyan.emergencyFile, '')
    await until(isServedBy(banyan, 'legacy'))
    const edge = banyan.pid('edge-1')
    process.kill(edge, 'SIGKILL')
    await until(() =>
      ask(banyan, 'query Who { from }').then(
        ({ text }) => text.includes('legacy') && banyan.pid('edge-1') !== edge,
        () => false,
      ),
    )
    rmSync(banyan.emergencyFile)
    await until(isServedBy(banyan, 'candidate'))
    expect(banyan.pid('edge-1')).not.toBe(edge)
    process.kill(banyan.pid('control'), 'SIGCONT')
  })
})

describe('with LaunchDarkly', () => {
  test('everything goes to legacy by its flag; where it is down by the file of this replica, which is said, and tried again', async () => {
    const [legacy, candidate, server] = [await named('legacy'), await named('candidate'), await launchDarkly()]
    const { url: streamUri, url: apiUri, sdk, token } = server
    server.add(keptFlag('banyan.query.Who', 'complete'))
    const banyan = await startTree(
      {
        backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
        flags: { provider: 'launchdarkly', streamUri, apiUri, apiTokenEnv: 'LD_API_TOKEN', ...files() },
        environment: server.environment,
        workers: 1,
      },
      { LD_SDK_KEY: sdk, LD_API_TOKEN: token },
    )
    const rollback = (...args: string[]) => cli(['rollback', ...args, '--why', 'complaints', '--by', 'ada', '--admin', banyan.admin])
    const flag = () => server.flags.get('banyan.everything-to-legacy')
    await until(isServedBy(banyan, 'candidate'))

    expect(await rollback('--all', '--dry-run')).toMatchObject({ stdout: 'would be: everything goes to legacy, on every replica\n' })
    expect(flag()).toBeUndefined()
    expect(await rollback('--all')).toMatchObject({ code: 0, stdout: 'everything goes to legacy, on every replica\n' })
    expect(flag()).toMatchObject({ variations: [{ value: true }, { value: false }], config: { on: true, fallthrough: { variation: 0 } } })
    expect(server.patches().map(({ body }) => (body as { comment: string }).comment)).toEqual(['Banyan, ada: complaints'])
    await until(isServedBy(banyan, 'legacy'))
    expect(await rollback('--release')).toMatchObject({ code: 0, stdout: 'the flags decide again, on every replica\n' })
    expect(flag()?.config.on).toBe(false)
    await until(isServedBy(banyan, 'candidate'))

    server.state.fault = () => ({ status: 503 })
    const alone = await rollback('--all')
    expect(alone.stdout).toMatch(
      /^everything goes to legacy, on this replica only: repeat it on the others.*\nnot reached: LaunchDarkly does not answer .*503/,
    )
    await until(isServedBy(banyan, 'legacy'))
    const last = async () => (await banyan.get<AuditEntry[]>('/api/audit'))[0]
    await until(async () => (await last())?.why.includes('by the file of this replica alone: LaunchDarkly does not answer') === true)
    expect(await last()).toMatchObject({ who: 'ada', to: 'everything to legacy' })
    server.state.fault = () => undefined
    expect(await rollback('--all')).toMatchObject({ code: 0, stdout: 'everything goes to legacy, on every replica\n' })
    expect(flag()?.config.on).toBe(true)

    server.state.fault = () => ({ status: 503 })
    expect(await rollback('--release')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('everything still goes to legacy: LaunchDarkly does not answer'),
    })
    expect(await isServedBy(banyan, 'legacy')()).toBe(true)
    server.state.fault = () => undefined
    expect((await rollback('--release')).code).toBe(0)
    await until(isServedBy(banyan, 'candidate'))
    const said = (await banyan.get<AuditEntry[]>('/api/audit')).map(({ to, why }) => `${to}, ${why.split(' (')[0] ?? ''}`)
    expect(said.every((line) => line.endsWith(', complaints'))).toBe(true)
  })
})

describe.skipIf(postgresMissing !== undefined)('with PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  test('everything goes to legacy while the database is down, on the replica that was told', async () => {
    const address = new URL(await postgres.database())
    const entry = await door(address)
    address.port = String(entry.port)
    const banyan = await movedTree(address.href)
    // Set for the whole fleet, it cannot be ended for one replica alone.
    expect((await cli(['rollback', '--all', '--why', 'complaints', '--admin', banyan.admin])).stdout).toContain('on every replica')
    entry.shut()
    const ending = await cli(['rollback', '--release', '--why', 'over', '--admin', banyan.admin])
    expect(ending).toMatchObject({ code: 2, stderr: expect.stringContaining('everything still goes to legacy') })
    expect(await isServedBy(banyan, 'legacy')()).toBe(true)
    entry.open = true
    await until(async () => (await cli(['rollback', '--release', '--why', 'over', '--admin', banyan.admin])).code === 0)
    await until(isServedBy(banyan, 'candidate'))

    entry.shut()
    const told = await cli(['rollback', '--all', '--why', 'complaints', '--admin', banyan.admin])
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('on this replica only') })
    await until(isServedBy(banyan, 'legacy'))
    entry.open = true
    expect((await cli(['rollback', '--release', '--why', 'over', '--admin', banyan.admin])).code).toBe(0)
    await until(isServedBy(banyan, 'candidate'))
  })
})
