import { buildSchema, graphql } from 'graphql'
import { httpServer, type Finished, type Listening } from './sockets.ts'

/** A write that was done for good. */
export interface Execution {
  readonly subject: string
  readonly id: string
  readonly key?: string
  /** It was passed on by Banyan, not asked for by a client. */
  readonly isPassed: boolean
}

/** How a backend takes one write: `refuse` is a field error, or a 409 of a path, `reset` breaks off after it was done, `deaf` before. */
export type Behaviour = 'ok' | 'refuse' | 'reset' | 'deaf' | 'hang' | '503'

export interface WritingBackend extends Listening {
  /** In the order in which they were done. */
  readonly executed: Execution[]
  /** Bodies of every request that came, done or not. */
  readonly asked: { readonly body: string; readonly headers: NodeJS.Dict<string | string[]>; readonly line: string }[]
  /** Names that were never done for good: rolled back. */
  readonly rolledBack: string[]
  behave: (id: string) => Behaviour
  dryRuns: 'honoured' | 'ignored' | 'reflected'
}

interface Asked {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
}

const sdl = (itemFields: string): string => `
  type Item { ${itemFields} }
  type Auth { login(user: String): Boolean }
  type Query { items: [Item!]! refreshToken: String seen: Int }
  type Mutation { add(name: String!): Item! note(name: String): Item other(name: String!): Item login(name: String!): Boolean auth: Auth }
`

/** A real GraphQL server, with writes by `POST /items/{name}` besides, to which a slash more is as good, a store of its own, ids that no other server gives, idempotency keys and dry runs. */
export async function writingBackend(prefix: string, itemFields = 'id: ID! name: String!', finished?: Finished): Promise<WritingBackend> {
  const schema = buildSchema(sdl(itemFields))
  const executed: Execution[] = []
  const asked: WritingBackend['asked'] = []
  const rolledBack: string[] = []
  const byKey = new Map<string, string>()
  const backend = { executed, asked, rolledBack, behave: (): Behaviour => 'ok', dryRuns: 'honoured' } as Omit<
    WritingBackend,
    keyof Listening
  >
  const server = await httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => void answer())
    const answer = async (): Promise<void> => {
      asked.push({ body, headers: request.headers, line: `${request.method} ${request.url}` })
      const path = /^\/+items\/([^/]*)$/.exec(request.url ?? '')?.[1]
      const parsed = path === undefined ? (JSON.parse(body.replace(/^\uFEFF/, '')) as Asked | readonly Asked[]) : { query: '' }
      const entries = Array.isArray(parsed) ? (parsed as readonly Asked[]) : [parsed as Asked]
      const id = path ?? entries.map(({ variables }) => variables?.['name']).find((name) => typeof name === 'string') ?? ''
      const behaviour = id === '' || request.method === 'OPTIONS' ? 'ok' : backend.behave(id)
      const socket = request.socket
      if (behaviour === 'deaf') {
        socket.destroy()
        return
      }
      const key = request.headers['idempotency-key']
      const dryRun = request.headers['x-banyan-dry-run']
      const known = typeof key === 'string' ? byKey.get(key) : undefined
      let isDone = false
      const write = ({ name }: { name: string }) => {
        if (behaviour === 'refuse') throw new Error(`no: ${name}`)
        isDone = true
        if (typeof dryRun === 'string' && backend.dryRuns === 'honoured') rolledBack.push(name)
        else
          executed.push({
            subject: String(request.headers['x-user-id'] ?? ''),
            id: name,
            isPassed: 'x-banyan-shadow' in request.headers,
            ...(typeof key === 'string' ? { key } : {}),
          })
        return { id: `${prefix}${executed.length}`, name }
      }
      const items = (): readonly object[] => executed.map(({ id: name }) => ({ id: name, name }))
      const rootValue = { add: write, note: write, other: write, login: write, items, auth: () => ({ login: write }) }
      const rest = (): string => {
        if (request.method === 'OPTIONS') return ''
        return behaviour === 'refuse' ? '{"error":"no"}' : JSON.stringify(write({ name: id }))
      }
      const run = ({ query, variables, operationName }: Asked) =>
        graphql({ schema, source: query, rootValue, variableValues: variables, operationName })
      const graph = async (): Promise<string> => {
        const answers = await Promise.all(entries.map(run))
        return JSON.stringify(Array.isArray(parsed) ? answers : answers[0])
      }
      const text = known ?? (path === undefined ? await graph() : rest())
      if (typeof key === 'string' && isDone) byKey.set(key, text)
      if (behaviour === 'hang') return
      if (behaviour === 'reset') {
        socket.destroy()
        return
      }
      const acknowledged = { honoured: `rolled-back ${String(dryRun)}`, ignored: undefined, reflected: String(dryRun) }[backend.dryRuns]
      if (typeof dryRun === 'string' && acknowledged !== undefined) response.setHeader('x-banyan-dry-run', acknowledged)
      const status = behaviour === '503' ? 503 : path !== undefined && behaviour === 'refuse' ? 409 : 200
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    }
  }, finished)
  return Object.assign(backend, server)
}
