import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { receiversOf, tellingOf } from '../../src/app/receivers.ts'
import { Webhooks } from '../../src/app/webhooks.ts'
import { Config, type ConfigInput } from '../../src/config/schema.ts'
import type { Notice } from '../../src/core/rollout/notice.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { httpServer, until } from '../support/sockets.ts'

const NOTICE: Notice = {
  kind: 'back',
  plan: 'reads',
  unit: 'query:GetUser#1',
  step: 'live 25 % in eu',
  regions: ['eu'],
  reason: 'eu fail: 9 of 10 comparisons differ',
  id: 'reads/query:GetUser#1/7/back/failed',
}
const AT = 1_800_000_000_000

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver that answers with the statuses in turn, the last one for ever; 0 is no answer at all. */
async function receiver(...statuses: readonly number[]): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = []
  const { url } = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200
      received.push({ headers: request.headers, body })
      if (status !== 0) response.writeHead(status).end()
    })
  })
  return { url, received }
}

let folder: string
let store: Store
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-webhooks-'))
  store = await openStore(`pglite:${folder}`)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A replica that sends notices, and the way to have one kept. */
function replica(notify: ConfigInput['notify'], secrets: readonly { readonly url: string; readonly secret?: string }[]) {
  const config = Config.parse({
    backends: { legacy: { url: 'http://a/' }, candidate: { url: 'http://b/' } },
    environment: 'staging',
    notify,
  })
  const logged: object[] = []
  const log = (facts: object): void => void logged.push(facts)
  const receivers = receiversOf({ config, secrets: { hashKey: 'key', countingKey: 'key', webhooks: secrets } })
  const start = (): Webhooks => {
    const hooks = new Webhooks(receivers, store.deliveries, {
      environment: 'staging',
      log: { info: log, warn: log, error: log, debug: log } as never,
      now: () => AT,
    })
    onTestFinished(() => hooks.close())
    hooks.start()
    return hooks
  }
  const hooks = start()
  const tell = async (notice: Notice): Promise<void> => {
    await store.rollouts.tell({ plan: notice.plan, unit: notice.unit, version: 0 }, tellingOf(receivers, notice, AT))
    hooks.wake()
  }
  return { hooks, start, tell, logged, receivers }
}

describe('a webhook', () => {
  test('says what happened, signed as Standard Webhooks has it', async () => {
    const { url, received } = await receiver(200)
    const key = Buffer.from('a secret of 24 bytes....')
    const { tell } = replica([{ url }], [{ url, secret: `whsec_${key.toString('base64')}` }])
    await tell(NOTICE)
    await until(() => received.length === 1)
    const [{ headers, body } = { headers: {}, body: '' }] = received
    expect(JSON.parse(body)).toEqual({
      type: 'rollout.back',
      timestamp: new Date(AT).toISOString(),
      data: {
        environment: 'staging',
        plan: 'reads',
        unit: 'query:GetUser#1',
        step: 'live 25 % in eu',
        regions: ['eu'],
        reason: 'eu fail: 9 of 10 comparisons differ',
      },
    })
    const signed = createHmac('sha256', key)
      .update(`${NOTICE.id}.${AT / 1_000}.${body}`)
      .digest('base64')
    expect(headers).toMatchObject({
      'webhook-id': NOTICE.id,
      'webhook-timestamp': String(AT / 1_000),
      'webhook-signature': `v1,${signed}`,
    })
  })

  test('is a sentence for Slack', async () => {
    const { url, received } = await receiver(200)
    const { tell } = replica([{ url, format: 'slack' }], [{ url }])
    await tell(NOTICE)
    await until(() => received.length === 1)
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      text: 'reads: query:GetUser#1 goes back from live 25 % in eu in eu: eu fail: 9 of 10 comparisons differ',
    })
    expect(received[0]?.headers).not.toHaveProperty('webhook-signature')
  })

  test('is sent again under the same id when it was not taken, and keeps the order of the others', async () => {
    const { url, received } = await receiver(503, 200)
    const { tell, logged } = replica([{ url }], [{ url: `${url}/secret-path` }])
    await tell(NOTICE)
    await tell({ ...NOTICE, id: 'second' })
    await until(() => received.length === 3)
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([NOTICE.id, NOTICE.id, 'second'])
    expect(JSON.stringify(logged)).toContain('status 503')
    expect(JSON.stringify(logged)).not.toContain('secret-path')
  })

  test('goes only to those who want to hear of it, and a receiver that hangs holds up no other', async () => {
    const [hung, deaf, good] = [await receiver(0), await receiver(200), await receiver(200)]
    const { tell } = replica([{ url: hung.url }, { url: deaf.url, on: ['ask'] }, { url: good.url }], [hung, deaf, good])
    await tell(NOTICE)
    await until(() => good.received.length === 1 && hung.received.length === 1)
    expect(deaf.received).toEqual([])
  })

  test('is given up with a line in the log when a hundred wait for a receiver that fails', async () => {
    const { url } = await receiver(503)
    const { tell, logged, hooks, start, receivers } = replica([{ url }], [{ url }])
    hooks.close()
    for (let index = 0; index <= 100; index += 1)
      await store.rollouts.tell({ plan: 'reads', unit: 'u', version: 0 }, tellingOf(receivers, { ...NOTICE, id: String(index) }, AT))
    start()
    await until(() => logged.length > 1)
    expect(logged).toMatchObject([{ id: '0', failure: 'status 503' }, { id: '100' }])
    // What was given up is not told again either.
    await tell({ ...NOTICE, id: '100' })
    expect(await store.deliveries.giveUpDeliveries(receivers[0]?.name ?? '', 100)).toEqual([])
  })

  test('comes from one replica only, however many tell of the same', async () => {
    const { url, received } = await receiver(200)
    const [one, two] = [replica([{ url }], [{ url }]), replica([{ url }], [{ url }])]
    for (let index = 0; index < 10; index += 1) await Promise.all([one, two].map(({ tell }) => tell({ ...NOTICE, id: `shared-${index}` })))
    await until(() => received.length >= 10)
    await one.tell({ ...NOTICE, id: 'last' })
    await until(() => received.some(({ headers }) => headers['webhook-id'] === 'last'))
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([...Array.from({ length: 10 }, (_, i) => `shared-${i}`), 'last'])
  })

  test('that its replica leaves behind is sent by another', async () => {
    const { url, received } = await receiver(503, 200)
    const { hooks, start, tell } = replica([{ url }], [{ url }])
    await tell({ ...NOTICE, id: 'left-behind' })
    await until(() => received.length === 1)
    hooks.close()
    start()
    await until(() => received.length === 2)
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['left-behind', 'left-behind'])
  })

  test('of a unit that has moved on is not sent any more', async () => {
    const { receivers } = replica([{ url: 'http://127.0.0.1:1/moved' }], [{ url: 'http://127.0.0.1:1/moved' }])
    await store.rollouts.tell({ plan: 'reads', unit: 'u', version: 3 }, tellingOf(receivers, NOTICE, AT))
    expect(await store.deliveries.claimDelivery(receivers[0]?.name ?? '', 1)).toBeUndefined()
  })
})
