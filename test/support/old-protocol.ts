import type { WebSocket } from 'ws'
import { until } from './sockets.ts'
import { webSocket, type Way } from './ways.ts'

/** What is to run. */
export interface Params {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
}

/** subscriptions-transport-ws, protocol `graphql-ws`: no server of it is kept any more. */
export function speakOld(socket: WebSocket, run: (params: Params) => AsyncIterable<unknown>): void {
  const say = (message: object): void => socket.send(JSON.stringify(message))
  const answer = async (id: string, params: Params): Promise<void> => {
    for await (const payload of run(params)) say({ id, type: 'data', payload })
    say({ id, type: 'complete' })
  }
  socket.on('message', (bytes: Buffer) => {
    const { id = '', type, payload } = JSON.parse(bytes.toString()) as { id?: string; type: string; payload: Params }
    if (type === 'connection_init') for (const told of ['connection_ack', 'ka']) say({ type: told })
    else if (type === 'start') void answer(id, payload)
    else if (type === 'connection_terminate') socket.close(1000)
  })
}

/** What a client of it hears of a subscription and a query, to the end. */
export async function overOldProtocol(way: Way, subscription: string, query: string, variables: object): Promise<unknown> {
  const socket = new (webSocket(way))(way.url.replace('http', 'ws'), 'graphql-ws')
  const heard: string[] = []
  socket.on('message', (bytes: Buffer) => heard.push(bytes.toString()))
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  const say = (message: object): void => socket.send(JSON.stringify(message))
  const completed = (count: number) => until(() => heard.filter((one) => one.includes('"complete"')).length === count)
  say({ type: 'connection_init', payload: {} })
  say({ id: '1', type: 'start', payload: { query: subscription } })
  await completed(1)
  say({ id: '2', type: 'start', payload: { query, variables } })
  await completed(2)
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  say({ type: 'connection_terminate' })
  return { heard, extensions: socket.extensions, protocol: socket.protocol, code: await closed }
}
