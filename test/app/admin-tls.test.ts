import { copyFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { cli, startTree } from '../support/banyan.ts'
import { authority } from '../support/certificates.ts'
import { httpServer, until } from '../support/sockets.ts'

test('a whole Banyan with TLS on its admin port: commands ask it, and a renewed certificate is shown without a start', async () => {
  const ca = authority()
  const [first, second] = [ca.issue('127.0.0.1'), ca.issue('127.0.0.1')]
  const backend = await httpServer((_incoming, response) => response.end('{"data":{}}'))
  const banyan = await startTree(
    {
      backends: { legacy: { url: `${backend.url}/graphql` }, candidate: { url: `${backend.url}/api` } },
      workers: 1,
      admin: { tls: { certificate: first.certificateFile, key: first.keyFile } },
    },
    {},
    { untilReady: false },
  )
  const admin = banyan.admin.replace('http:', 'https:')
  const believing = { NODE_EXTRA_CA_CERTS: ca.caFile, NO_COLOR: '1' }
  const flags = (address: string, env: NodeJS.ProcessEnv) => cli(['flags', 'list', '--admin', address], env)
  await until(async () => (await flags(admin, believing)).code === 0)

  expect(await flags(admin, {})).toMatchObject({ code: 2, stderr: expect.stringMatching(/is not believed.*NODE_EXTRA_CA_CERTS=ca\.pem/s) })
  expect(await flags(banyan.admin, believing)).toMatchObject({ code: 2, stderr: expect.stringContaining('hung up') })
  const plain = `https://127.0.0.1:${backend.port}`
  expect(await flags(plain, {})).toMatchObject({ code: 2, stderr: expect.stringContaining('no TLS is spoken') })

  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(admin).port), ca: ca.ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      })
      socket.on('error', reject)
    })
  expect(await shown()).toBe('02')
  copyFileSync(second.keyFile, first.keyFile)
  copyFileSync(second.certificateFile, first.certificateFile)
  await until(async () => (await shown()) === '03')
}, 180_000)
