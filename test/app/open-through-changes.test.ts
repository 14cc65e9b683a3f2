import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Status } from '../../src/admin/control-plane.ts'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority, type Authority } from '../support/certificates.ts'
import { isAlive, lastingBackend, openAll, reservedAtCandidate } from '../support/lasting.ts'
import { until } from '../support/sockets.ts'

const TEST_MS = 180_000

async function tree(extra: object = {}) {
  const legacy = await lastingBackend('legacy')
  const candidate = await lastingBackend('candidate')
  const ca = authority()
  const pair = ca.issue('localhost')
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api` } },
    workers: 1,
    listen: { drainMs: 100_000, tls: { certificate: pair.certificateFile, key: pair.keyFile } },
    ...extra,
  })
  return { banyan, ca, pair, legacy, candidate }
}

const status = (banyan: Tree): Promise<Status | undefined> => banyan.get<Status>('/api/status').catch(() => undefined)

async function serialOf({ port }: Tree, { ca }: Authority): Promise<string> {
  const socket = connect({ port, host: 'localhost', ca })
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

test(
  'all that lasts goes on through new rules, a new certificate and a new config; what comes then is served by the new edge, and the old one ends with the last of them',
  async () => {
    const { banyan, ca, pair, legacy } = await tree({ compare: [] })
    const all = await openAll(banyan, ca.ca)
    const ofCandidate = await reservedAtCandidate(banyan, ca.ca)
    const [old] = banyan.edges()
    const change = (with_: object): void => {
      writeFileSync(banyan.configFile, stringify({ ...(parse(readFileSync(banyan.configFile, 'utf8')) as object), ...with_ }))
      banyan.signal('SIGHUP')
    }

    const first = await serialOf(banyan, ca)
    const renewed = ca.issue('localhost')
    writeFileSync(pair.certificateFile, renewed.certificate)
    writeFileSync(pair.keyFile, renewed.key)
    banyan.signal('SIGHUP')
    await until(async () => (await serialOf(banyan, ca)) !== first)
    await isAlive(all, legacy, 'renewed')
    expect(banyan.edges()).toEqual([old])

    const rules = (id: string): void =>
      writeFileSync(
        join(dirname(banyan.configFile), 'rules.yaml'),
        stringify({ version: 1, rules: [{ id, why: 'a test', at: 'Query.users', do: { unordered: { key: 'id' } } }] }),
      )
    rules('first')
    change({ compare: ['rules.yaml'], environment: 'staging' })
    await until(async () => {
      const now = await status(banyan)
      return now?.environment === 'staging' && now.processes.some(({ name, ready, pid }) => name === 'edge-1' && ready && pid !== old)
    })
    await isAlive(all, legacy, 'moved')
    // What a client has open at the old edge, it asks about at the new one.
    expect(banyan.edges()).toContain(old)
    expect(await ofCandidate.ask('sealed')).toMatch(/^HTTP\/1.1 202/)
    await until(() => ofCandidate.heard().includes('{"id":"sealed","payload":{"data":{"who":"candidate"}}}'))
    const late = await openAll(banyan, ca.ca)
    await isAlive(late, legacy, 'late')

    const version = (await status(banyan))?.rules.version
    rules('second')
    banyan.signal('SIGHUP')
    await until(async () => (await status(banyan))?.rules.version !== version)
    await isAlive(all, legacy, 'ruled')
    await isAlive(late, legacy, 'ruled as well')

    for (const { upload } of [all, late]) upload.send('half')
    await until(() => [all, late].every(({ upload }) => upload.heard().includes('stored')))
    expect(legacy.uploads).toEqual(['halfhalf', 'halfhalf'])
    legacy.end()
    // They have no end but this.
    for (const stream of [all.single, ofCandidate]) stream.leave()
    await until(() => !banyan.edges().includes(old ?? 0))
    expect(all.streams.every(({ ended }) => ended())).toBe(true)
    expect(all.socket.heard()).toMatch(/bye$/)
  },
  TEST_MS,
)

test(
  'an edge that is killed breaks off what it had open, so that nobody takes it for whole, and at both sides; whoever comes again is served',
  async () => {
    const { banyan, ca, legacy } = await tree()
    const all = await openAll(banyan, ca.ca)
    const [old = 0] = banyan.edges()
    process.kill(old, 'SIGKILL')
    await until(() => [...all.streams, all.upload].every(({ ended }) => ended()))
    for (const { heard } of all.streams) expect(heard()).not.toMatch(/(0\r\n\r\n|bye)$/)
    expect(legacy.uploads).toEqual([])
    const again = await openAll(banyan, ca.ca)
    await isAlive(again, legacy, 'again')
  },
  TEST_MS,
)
