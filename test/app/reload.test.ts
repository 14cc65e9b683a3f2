import { readFileSync, writeFileSync } from 'node:fs'
import { connect as connectH2 } from 'node:http2'
import { request, type ServerResponse } from 'node:http'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Status } from '../../src/admin/control-plane.ts'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority } from '../support/certificates.ts'
import { httpServer, until } from '../support/sockets.ts'
import { steadyClients } from '../support/steady-clients.ts'

type Plain = Record<string, unknown>

/** Writes the config anew. */
function change(tree: Tree, with_: Plain): void {
  const config = parse(readFileSync(tree.configFile, 'utf8')) as Plain
  writeFileSync(tree.configFile, stringify({ ...config, ...with_ }))
}

const status = (tree: Tree): Promise<Status | undefined> => tree.get<Status>('/api/status').catch(() => undefined)
const environment = async (tree: Tree): Promise<string | undefined> => (await status(tree))?.environment

async function tree(extra: Plain = {}, onStream: (stream: ServerResponse) => void = () => {}): Promise<Tree> {
  const backend = await httpServer((incoming, response) => {
    incoming.resume()
    if (incoming.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      onStream(response)
    } else response.end('{"data":{}}')
  })
  return startTree({
    // A stream that says nothing for a while is not to be cut meanwhile.
    backends: { legacy: { url: `${backend.url}/graphql`, timeoutMs: 600_000 }, candidate: { url: `${backend.url}/api` } },
    workers: 1,
    ...extra,
  })
}

describe('a changed config', () => {
  test('is in force after SIGHUP, without a failed request, and a stream goes on meanwhile', async () => {
    const streams: ServerResponse[] = []
    const banyan = await tree({ listen: { drainMs: 120_000 } }, (one) => streams.push(one))
    const before = banyan.pid('edge-1')
    const traffic = steadyClients(banyan.url)
    let [events, ended] = ['', false]
    const stream = request(`http://127.0.0.1:${banyan.port}/events`).end()
    stream.on('response', (response) => {
      response.on('data', (chunk: Buffer) => (events += chunk.toString()))
      response.on('error', () => {}).on('close', () => (ended = true))
    })
    await until(() => events !== '' && traffic.done() > 20)
    change(banyan, { environment: 'staging' })
    banyan.signal('SIGHUP')
    await until(async () => (await environment(banyan)) === 'staging')
    await until(async () => {
      const processes = (await status(banyan))?.processes ?? []
      return processes.some(({ name, ready, pid }) => name === 'edge-1' && ready && pid !== before)
    })
    // The old edge still has its stream, for as long as it may.
    expect(ended).toBe(false)
    streams[0]?.end('data: 2\n\n')
    const seen = traffic.done()
    await until(() => traffic.done() > seen + 50 && ended)
    expect(events).toBe('data: 1\n\ndata: 2\n\n')
    await until(async () => !((await status(banyan))?.processes ?? []).some(({ name }) => name.endsWith('-leaving')))
    await traffic.stop()
    expect(traffic.failures).toEqual([])
  }, 180_000)

  test('that is wrong, or cannot be while Banyan runs, is refused, and it is said why', async () => {
    const banyan = await tree()
    const before = banyan.pid('edge-1')
    const problems = async (): Promise<string> => ((await status(banyan))?.rules.stale?.problems ?? []).join()
    change(banyan, { mirror: { sample: 2 } })
    banyan.signal('SIGHUP')
    await until(async () => (await problems()).includes('mirror.sample'))
    change(banyan, { mirror: {}, listen: { host: '127.0.0.1', port: 1 } })
    banyan.signal('SIGHUP')
    await until(async () => (await problems()).includes('listen.port cannot change while Banyan runs'))
    change(banyan, { listen: { host: '127.0.0.1', port: banyan.port } })
    await until(async () => (await problems()) === '')
    expect(banyan.pid('edge-1')).toBe(before)
  }, 180_000)
})

test('a renewed certificate is shown to new clients; one whose key is not there yet keeps the old one', async () => {
  const ca = authority()
  const [old, renewed] = [ca.issue('localhost'), ca.issue('localhost')]
  const banyan = await tree({ listen: { tls: { certificate: old.certificateFile, key: old.keyFile } } })
  const before = banyan.pid('edge-1')
  const client = connectH2(`https://localhost:${banyan.port}`, { ca: ca.ca })
  onTestFinished(() => client.destroy())
  const get = (): Promise<number> =>
    new Promise((resolve) =>
      client
        .request({ ':path': '/x' })
        .on('response', (headers) => resolve(Number(headers[':status'])))
        .resume(),
    )
  const serial = async (): Promise<string> => {
    const socket = connectTls({ port: banyan.port, host: 'localhost', ca: ca.ca })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  const first = await serial()
  expect(await get()).toBe(200)
  writeFileSync(old.certificateFile, renewed.certificate)
  await until(async () => ((await status(banyan))?.rules.stale?.problems ?? []).join().includes('is not that of the first certificate'))
  expect(await serial()).toBe(first)
  writeFileSync(old.keyFile, renewed.key)
  await until(async () => (await serial()) !== first)
  // The connection of before goes on, and so does the process.
  expect(await get()).toBe(200)
  expect(banyan.pid('edge-1')).toBe(before)
  expect(await (await fetch(`${banyan.admin}/metrics`)).text()).toMatch(
    /^banyan_certificate_expiry_seconds\{certificate="listen"\} 1\d{5}/m,
  )
}, 180_000)
