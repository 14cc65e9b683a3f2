import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree } from '../support/banyan.ts'
import { launchDarkly } from '../support/launchdarkly.ts'
import { temporaryFolder } from '../storage/stores.ts'
import { httpServer, until } from '../support/sockets.ts'

const named = (from: string) =>
  httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { from } }))
  })

test(
  'an operation is moved over LaunchDarkly’s REST API, heard of by its stream, and known at a start without LaunchDarkly',
  { timeout: 240_000 },
  async () => {
    const [legacy, candidate, server] = [await named('legacy'), await named('candidate'), await launchDarkly()]
    const config = {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      operations: [{ match: 'query:*', stage: 'shadow' as const }],
      environment: server.environment,
      workers: 1,
    }
    const lastKnown = join(temporaryFolder(), 'flags.json')
    const flags = { provider: 'launchdarkly' as const, streamUri: server.url, apiUri: server.url, lastKnown }
    const env = { LD_SDK_KEY: server.sdk, LD_API_TOKEN: server.token }
    const first = await startTree({ ...config, flags: { ...flags, apiTokenEnv: 'LD_API_TOKEN' } }, env)
    await until(() => server.streams === 2)
    expect((await ask(first, 'query Who { from }')).text).toContain('legacy')
    await until(async () => (await first.overview()).rows.length === 1)
    const set = (stage: string) =>
      cli(['flags', 'set', 'Who', '--stage', stage, '--why', 'parity holds', '--by', 'ada', '--admin', first.admin])
    expect(await set('live')).toMatchObject({
      code: 0,
      stdout: 'banyan.query.Who in every region without a line of its own: shadow → live\n',
    })
    await until(async () => (await ask(first, 'query Who { from }')).text.includes('candidate'))
    expect(server.patches().map(({ body }) => (body as { comment: string }).comment)).toEqual(['Banyan, ada: parity holds'])

    server.state.fault = ({ method }) => (method === 'PATCH' ? { status: 405, body: '{"message":"Approval required"}' } : undefined)
    const refused = await set('off')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('LaunchDarkly wants an approval') })
    const audit = await first.get<AuditEntry[]>('/api/audit')
    expect(audit.map(({ from, to }) => `${from} → ${to}`)).toEqual(['off → live', 'live → off', 'shadow → live'])
    await until(() => existsSync(lastKnown) && readFileSync(lastKnown, 'utf8').includes('banyan.query.Who'))
    first.signal('SIGTERM')
    const { stdout, stderr } = await first.ended
    for (const secret of [server.token, server.sdk]) expect(`${stdout}${stderr}${refused.stderr}`).not.toContain(secret)

    server.state.stream = 'refuse'
    const second = await startTree({ ...config, flags }, env)
    expect((await ask(second, 'query Who { from }')).text).toContain('candidate')
    await until(async () => (await second.overview()).rows.length === 1)
    const readOnly = await cli(['flags', 'set', 'Who', '--stage', 'off', '--why', 'a test', '--admin', second.admin])
    expect(readOnly).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('fix: change banyan.query.Who in LaunchDarkly (project default, environment production)'),
    })
  },
)
