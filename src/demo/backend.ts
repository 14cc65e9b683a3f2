import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import type { Handler } from './handler.ts'

/**
 * One of the two backends, in a process of its own: `node backend.ts legacy --port 4101`. Counts the mutations that it runs and tells the
 * count at `/mutations`. Started by the demo it says its port by message, and ends with the demo however that ends.
 */
const {
  positionals: [which],
  values: { port },
} = parseArgs({ allowPositionals: true, options: { port: { type: 'string', default: '0' } } })

let mutations = 0
const onMutation = (): void => void (mutations += 1)

/** Each process loads the packages of its own server only. */
const BACKENDS: Readonly<Record<'legacy' | 'candidate', () => Promise<Handler>>> = {
  legacy: async () => (await import('./legacy.ts')).createLegacy(onMutation),
  candidate: async () => (await import('./candidate.ts')).createCandidate(onMutation),
}

const name = which === 'candidate' ? which : 'legacy'
const handle = await BACKENDS[name]()
const server = createServer((request, response) => {
  if (request.url === '/mutations')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ count: mutations }))
  else handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
})
process.title = `banyan demo ${name}`
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address() as AddressInfo // listening on a port, and so no pipe and not nothing
  if (process.send === undefined) process.stdout.write(`${name} listens on http://127.0.0.1:${address.port}/graphql\n`)
  else process.send({ port: address.port })
})
if (process.connected) {
  // Ctrl-C reaches the whole process group; the demo says when it is over.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit(0))
}
