import { httpServer, type Listening } from './sockets.ts'

/** What a backend was asked. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

export interface Backend extends Listening {
  readonly seen: Seen[]
}

/** A GraphQL backend that remembers what it was asked; `answer` makes the body of its answer. */
export async function graphqlBackend(answer: (seen: Seen) => string): Promise<Backend> {
  const seen: Seen[] = []
  const server = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    request.on('end', () => {
      const asked = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      seen.push(asked)
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer(asked))
    })
  })
  return { ...server, seen }
}
