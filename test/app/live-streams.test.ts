import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startLoneEdge, type LoneEdge } from '../support/lone-edge.ts'
import { listening, until } from '../support/sockets.ts'

type Origin = 'legacy' | 'candidate'

/** A backend that accepts sockets, echoes what comes on them with its name in front, and streams one event to each subscription. */
async function backend(name: Origin) {
  const server = createServer((incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`event: next\ndata: {"data":{"s":"${name}"}}\n\n`)
    })
  })
  const opened: Socket[] = []
  server.on('upgrade', (_incoming, stream) => {
    const socket = stream as Socket
    opened.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => socket.write(`${name}:${chunk.toString()}`))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n')
  })
  return { ...(await listening(server)), opened }
}

interface OpenSocket {
  readonly socket: Socket
  text: string
}

/** A socket that was accepted. */
async function open({ port }: LoneEdge): Promise<OpenSocket> {
  const socket = connect(port, '127.0.0.1')
  const side: OpenSocket = { socket, text: '' }
  socket.on('data', (chunk: Buffer) => (side.text += chunk.toString()))
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  const lines = [
    'Host: a',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  socket.write(['GET /graphql HTTP/1.1', ...lines, '', ''].join('\r\n'))
  await until(() => side.text.includes('\r\n\r\n'))
  side.text = ''
  return side
}

/** Who is at the other end. */
async function says(side: OpenSocket): Promise<Origin> {
  side.text = ''
  side.socket.write('?')
  await until(() => side.text.endsWith(':?'))
  return side.text === 'legacy:?' ? 'legacy' : 'candidate'
}

/** Who answers a subscription over SSE, by the first event of its stream. */
async function subscribed({ url }: LoneEdge): Promise<Origin> {
  const stop = new AbortController()
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"subscription S { s }"}', signal: stop.signal })
  let text = ''
  const reader = answer.body?.getReader()
  while (!text.includes('\n\n')) text += new TextDecoder().decode((await reader?.read())?.value)
  stop.abort()
  return text.includes('"legacy"') ? 'legacy' : 'candidate'
}

test('a socket and a subscription choose their side when they begin, by their flags, and a socket keeps it for life', async () => {
  const [legacy, candidate] = [await backend('legacy'), await backend('candidate')]
  const edge = await startLoneEdge({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    operations: [{ match: '*', stage: 'shadow' }],
  })

  const first = await open(edge)
  expect([await says(first), await subscribed(edge)]).toEqual(['legacy', 'legacy'])

  await edge.set('socket:/graphql', 'live')
  await edge.set('subscription:S', 'live')
  await until(async () => (await says(await open(edge))) === 'candidate' && (await subscribed(edge)) === 'candidate')
  const second = await open(edge)
  expect([await says(first), await says(second)]).toEqual(['legacy', 'candidate'])

  await edge.set('socket:/graphql', 'off')
  await until(async () => (await says(await open(edge))) === 'legacy')
  expect([await says(first), await says(second)]).toEqual(['legacy', 'candidate'])

  // Nobody is there any more: the handshake, of which nothing was sent, goes to legacy.
  await edge.set('socket:/graphql', 'live')
  await until(async () => (await says(await open(edge))) === 'candidate')
  await candidate.close()
  expect(await says(await open(edge))).toBe('legacy')
})
