import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Webhooks } from '../../src/app/webhooks.ts'
import { Config, type ConfigInput } from '../../src/config/schema.ts'
import type { Notice } from '../../src/core/rollout/notice.ts'
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

function webhooks(notify: ConfigInput['notify'], secrets: readonly { readonly url: string; readonly secret?: string }[]) {
  const config = Config.parse({
    backends: { legacy: { url: 'http://a/' }, candidate: { url: 'http://b/' } },
    environment: 'staging',
    notify,
  })
  const logged: object[] = []
  const log = (facts: object): void => void logged.push(facts)
  const hooks = new Webhooks(
    { config, secrets: { hashKey: 'key', webhooks: secrets } },
    { info: log, warn: log, error: log, debug: log } as never,
    () => AT,
  )
  onTestFinished(() => hooks.close())
  return { hooks, logged }
}

describe('a webhook', () => {
  test('says what happened, signed as Standard Webhooks has it', async () => {
    const { url, received } = await receiver(200)
    const key = Buffer.from('a secret of 24 bytes....')
    const { hooks } = webhooks([{ url }], [{ url, secret: `whsec_${key.toString('base64')}` }])
    hooks.tell(NOTICE)
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
    const { hooks } = webhooks([{ url, format: 'slack' }], [{ url }])
    hooks.tell(NOTICE)
    await until(() => received.length === 1)
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      text: 'reads: query:GetUser#1 goes back from live 25 % in eu in eu: eu fail: 9 of 10 comparisons differ',
    })
    expect(received[0]?.headers).not.toHaveProperty('webhook-signature')
  })

  test('is sent again under the same id when it was not taken, and keeps the order of the others', async () => {
    const { url, received } = await receiver(503, 200)
    const { hooks, logged } = webhooks([{ url }], [{ url: `${url}/secret-path` }])
    hooks.tell(NOTICE)
    hooks.tell({ ...NOTICE, id: 'second' })
    await until(() => received.length === 3)
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([NOTICE.id, NOTICE.id, 'second'])
    expect(JSON.stringify(logged)).toContain('status 503')
    expect(JSON.stringify(logged)).not.toContain('secret-path')
  })

  test('goes only to those who want to hear of it, and a receiver that hangs holds up no other', async () => {
    const [hung, deaf, good] = [await receiver(0), await receiver(200), await receiver(200)]
    const { hooks } = webhooks([{ url: hung.url }, { url: deaf.url, on: ['ask'] }, { url: good.url }], [hung, deaf, good])
    hooks.tell(NOTICE)
    await until(() => good.received.length === 1 && hung.received.length === 1)
    expect(deaf.received).toEqual([])
  })

  test('is dropped with a line in the log when a hundred wait', async () => {
    const { url } = await receiver(0)
    const { hooks, logged } = webhooks([{ url }], [{ url }])
    for (let index = 0; index <= 100; index += 1) hooks.tell({ ...NOTICE, id: String(index) })
    expect(logged).toMatchObject([{ id: '100' }])
  })
})
