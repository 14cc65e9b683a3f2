import { createServer, type Socket } from 'node:net'
import { FAULTS } from '../../test/support/faults.ts'
import { listening, type Finished } from '../../test/support/sockets.ts'
import { answerTo } from './legacy.ts'

/** How a candidate may answer: `equal` as legacy does, `slow` the same a third of a second later, else by its name in the table of faults. */
export const MOODS: readonly string[] = ['equal', 'slow', ...Object.keys(FAULTS)]

/** A candidate whose mood changes. */
export interface Candidate {
  readonly url: string
  mood: string
}

const SLOW_MS = 300
const REFUSING = 'refusing'

export async function startCandidate(finished: Finished): Promise<Candidate> {
  const state = { mood: 'equal' }
  const server = createServer((socket) => {
    // A port on which nobody listens cannot come back: a reset in place of an answer to the first packet is the nearest.
    if (state.mood === REFUSING) socket.resetAndDestroy()
    else onRequests(socket, (body) => answer(socket, state.mood, body))
  })
  const { port } = await listening(server, finished)
  return Object.assign(state, { url: `http://127.0.0.1:${port}/graphql` })
}

function answer(socket: Socket, mood: string, body: string): void {
  const fault = FAULTS[mood]?.answer
  if (typeof fault === 'function') fault(socket)
  else if (mood === 'slow') setTimeout(() => socket.write(messageOf(body)), SLOW_MS)
  else socket.write(messageOf(body))
}

function messageOf(body: string): string {
  const text = answerTo(body)
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

/** Requests with a length, one after the other, as Banyan sends them. */
function onRequests(socket: Socket, take: (body: string) => void): void {
  let seen = ''
  socket.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1')
    for (;;) {
      const head = seen.indexOf('\r\n\r\n')
      if (head === -1) return
      const end = head + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(seen.slice(0, head))?.[1] ?? '0')
      if (seen.length < end) return
      const body = seen.slice(head + 4, end)
      seen = seen.slice(end)
      take(body)
    }
  })
}
