import { expect, test } from 'vitest'
import { Asking, type ToAsk } from '../../src/app/asking.ts'
import { ShadowAllowances } from '../../src/app/shadow-allowances.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ORIGINS, type Origin } from '../../src/core/routing/stage.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { httpServer } from '../support/sockets.ts'

/** Backends that may be asked one thing at once, those of `busy` being asked it already. */
async function start(busy: readonly Origin[]) {
  const backend = async (): Promise<string> => {
    const { url } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"a":1}}')
    })
    return `${url}/graphql`
  }
  const result = loadConfig({ legacy: await backend(), candidate: await backend(), env: {}, cwd: '/', now: 0, cores: 1 })
  if ('problems' in result) throw new Error('the config is fine')
  const { loaded } = result
  const mirror = { ...loaded.config.mirror, confirm: { perSecond: 1, delayMs: 0 } }
  const allowances = new ShadowAllowances(2, () => {})
  for (const origin of ORIGINS)
    for (let asked = busy.includes(origin) ? 0 : 2; asked < 2; asked += 1) void allowances.within(origin, () => new Promise(() => {}))
  const shed: string[] = []
  const asking = new Asking(
    { ...loaded, config: { ...loaded.config, mirror } },
    allowances,
    (reason) => void shed.push(reason),
    createLog('asking'),
  )
  return { asking, shed }
}

const request: ToAsk = {
  begin: {
    id: 1,
    startedAt: 0,
    control: true,
    method: 'POST',
    target: '/graphql',
    headers: ['content-type', 'application/json'],
    body: Buffer.from('{"query":"{ a }"}'),
    operation: { key: 'query:A#1', type: 'query' },
    region: 'eu',
    stage: 'shadow',
    primary: 'legacy',
    mark: 0,
  },
  keep: (bytes) => Buffer.from(bytes),
}

test.for<readonly [what: string, busy: Origin, ask: (asking: Asking) => Promise<unknown>, shed: readonly string[]]>([
  ['a control, where legacy is busy', 'legacy', (asking) => asking.control(request, ''), ['control']],
  ['what differed, where legacy is busy', 'legacy', (asking) => asking.again(request, false), ['confirm']],
  ['what differed, where the candidate is busy', 'candidate', (asking) => asking.again(request, false), ['confirm']],
  ['what only legacy differed in, where it is busy', 'legacy', (asking) => asking.itself(request), ['confirm']],
])('is not asked again, and counted: %s', async ([, busy, ask, counted]) => {
  const { asking, shed } = await start([busy])
  expect(await ask(asking)).toBeUndefined()
  expect(shed).toEqual(counted)
})

test('what is asked again within the allowances is not counted as let go', async () => {
  const { asking, shed } = await start([])
  expect(await asking.control(request, '')).toMatchObject({ outcome: 'answered' })
  expect(await asking.again(request, false)).toMatchObject({ primary: { origin: 'legacy' }, shadow: { origin: 'candidate' } })
  expect(shed).toEqual([])
})
