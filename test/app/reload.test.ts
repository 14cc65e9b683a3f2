import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect as connectH2 } from 'node:http2'
import { request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Status } from '../../src/admin/control-plane.ts'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority } from '../support/certificates.ts'
import { httpServer, until } from '../support/sockets.ts'
import { steadyClients, steadyH2Clients } from '../support/steady-clients.ts'

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

/** Of the certificate that a new client is shown. */
async function serialAt({ port }: Tree, ca: string): Promise<string> {
  const socket = connectTls({ port, host: 'localhost', ca })
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
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

test('certificates that are swapped under load as Kubernetes swaps secrets cost no request, and one that OpenSSL refuses changes nothing', async () => {
  const ca = authority()
  const at = (name: string): string => join(ca.folder, name)
  /** A version of the secret: the volume's files are links through `..data`, which is renamed into place. */
  const swap = (version: string, { certificate, key }: { readonly certificate: string; readonly key: string }): void => {
    mkdirSync(at(version))
    writeFileSync(join(at(version), 'tls.crt'), certificate)
    writeFileSync(join(at(version), 'tls.key'), key)
    symlinkSync(version, at('..data_tmp'))
    renameSync(at('..data_tmp'), at('..data'))
  }
  swap('..1', ca.issue('localhost'))
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), at(name))
  const banyan = await tree({ workers: 2, listen: { tls: { certificate: at('tls.crt'), key: at('tls.key') } } })
  const before = banyan.edges()
  const [h2, plain] = [steadyH2Clients(banyan.port, ca.ca), steadyClients(`https://localhost:${banyan.port}/graphql`, ca.ca)]
  await until(() => h2.done() > 20 && plain.done() > 20)
  const problems = async (): Promise<string> => ((await status(banyan))?.rules.stale?.problems ?? []).join()
  const shown = (): Promise<string> => serialAt(banyan, ca.ca)
  const first = await shown()
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=x', '-keyout', at('w.key'), '-out', at('w.pem')],
    {
      stdio: 'pipe',
    },
  )
  swap('..2', { certificate: readFileSync(at('w.pem'), 'utf8'), key: readFileSync(at('w.key'), 'utf8') })
  await until(async () => (await problems()).includes('OpenSSL does not take'))
  expect([await shown(), await shown()]).toEqual([first, first])
  swap('..3', ca.issue('localhost'))
  // Both edges.
  await until(async () => !(await Promise.all([shown(), shown(), shown(), shown()])).includes(first))
  const seen = [h2.done(), plain.done()] as const
  await until(() => h2.done() > seen[0] + 20 && plain.done() > seen[1] + 20)
  await Promise.all([h2.stop(), plain.stop()])
  expect([...h2.failures, ...plain.failures, await problems()]).toEqual([''])
  expect(h2.sessions()).toBe(3)
  expect(banyan.edges()).toEqual(before)
}, 180_000)

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
  const serial = (): Promise<string> => serialAt(banyan, ca.ca)
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
