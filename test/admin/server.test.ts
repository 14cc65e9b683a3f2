import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serveAdmin } from '../../src/admin/server.ts'
import { authority, type Issued } from '../support/certificates.ts'
import { startAdmin } from './admin.ts'

const app = { fetch: () => new Response('ok') }

test('a port that is taken is named', async () => {
  const { port } = await startAdmin()
  await expect(serveAdmin({ app, host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  })
})

test('a host that is not of this machine is named', async () => {
  await expect(serveAdmin({ app, host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: expect.stringContaining('192.0.2.1'),
  })
})

test('closing ends the lines of listeners too', async () => {
  const { ask, close } = await startAdmin()
  const response = await ask('/api/events')
  const reading = response.text().then(
    () => 'ended',
    () => 'ended',
  )
  await close()
  expect(await reading).toBe('ended')
})

/** What a client finds that believes an authority: the answer, and for whom the certificate is. */
async function askSecurely(port: number, ca: string): Promise<{ text: string; name: unknown; protocol: string | null }> {
  const asking = request({ host: '127.0.0.1', port, ca, agent: false }).end()
  const answer = await new Promise<IncomingMessage>((resolve, reject) => asking.on('response', resolve).on('error', reject))
  const socket = answer.socket as TLSSocket
  const { serialNumber: name } = socket.getPeerCertificate()
  const protocol = socket.getProtocol()
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { text, name, protocol }
}

describe('with a certificate', () => {
  test('TLS is spoken and nothing else, and a renewed one is shown to who comes next', async () => {
    const ca = authority()
    const [first, second] = [ca.issue('127.0.0.1'), ca.issue('127.0.0.1')]
    const tls = (pair: Issued) => ({ cert: pair.certificate, key: pair.key, minVersion: 'TLSv1.2' }) as const
    const { port, renew, close } = await serveAdmin({ app, host: '127.0.0.1', port: 0, tls: tls(first) })
    onTestFinished(close)
    expect(await askSecurely(port, ca.ca)).toEqual({ text: 'ok', name: '02', protocol: 'TLSv1.3' })
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
    renew(tls(second))
    expect(await askSecurely(port, ca.ca)).toMatchObject({ text: 'ok', name: '03' })
  })

  test('older clients than it says are turned away', async () => {
    const ca = authority()
    const { certificate, key } = ca.issue('127.0.0.1')
    const tls = { cert: certificate, key, minVersion: 'TLSv1.3' } as const
    const { port, close } = await serveAdmin({ app, host: '127.0.0.1', port: 0, tls })
    onTestFinished(close)
    const socket = connect({ host: '127.0.0.1', port, ca: ca.ca, maxVersion: 'TLSv1.2' })
    await expect(once(socket, 'secureConnect')).rejects.toThrow(/protocol version/)
  })
})
