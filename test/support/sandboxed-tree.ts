import { Agent, request } from 'node:http'
import { onTestFinished } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startTree, type Tree } from './banyan.ts'
import { until } from './sockets.ts'
import { writingBackend, type WritingBackend } from './writing-backend.ts'
import { ITEMS } from './writing-edge.ts'

export const ALL_ITEMS = 'query Items { items { name } }'
/** A write of a path in a spelling that has no route: it goes to legacy alone. */
export const OBSCURED = '//items'

export interface Sandboxed {
  readonly legacy: WritingBackend
  readonly candidate: WritingBackend
  readonly banyan: Tree
}

interface SandboxedOptions {
  readonly operations?: ConfigInput['operations']
  /** How long a backend may take. */
  readonly timeoutMs?: number
  readonly env?: NodeJS.ProcessEnv
}

/** A whole tree, and two stores that are to be alike. */
export async function startSandboxed(workers: number, { operations = [], timeoutMs, env }: SandboxedOptions = {}): Promise<Sandboxed> {
  const [legacy, candidate] = [await writingBackend('l'), await writingBackend('c')]
  const limits = timeoutMs === undefined ? {} : { timeoutMs }
  const banyan = await startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql`, ...limits }, candidate: { url: `${candidate.url}/graphql`, ...limits } },
      subject: { header: 'x-user-id' },
      operations: [
        { match: 'mutation:*', stage: 'shadow', writes: 'sandbox' },
        { match: 'write:*', stage: 'shadow', writes: 'sandbox' },
        { match: 'query:*', stage: 'shadow' },
        ...operations,
      ],
      routes: [ITEMS],
      mirror: limits,
      workers,
    },
    env,
  )
  return { legacy, candidate, banyan }
}

/** One connection, which is with one edge for as long as that lives. Resolves with the text of the answer; nothing where it broke off. */
export type Send = (
  subject: string,
  what: { readonly query: string; readonly name?: string } | { readonly path: string },
) => Promise<string>
export interface Line {
  /** Name of that edge. */
  readonly edge: string
  readonly send: Send
}

export function open({ port }: Tree): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return (subject, what) =>
    new Promise((resolve) => {
      const [path, body] = 'path' in what ? [what.path, '{}'] : ['/graphql', JSON.stringify({ ...what, variables: { name: what.name } })]
      const headers = { 'content-type': 'application/json', 'x-user-id': subject }
      const asking = request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers })
      asking.on('response', (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('close', () => resolve(text))
      })
      asking.on('error', () => resolve('')).end(body)
    })
}

/** Opens a connection, and finds out whose it is by what the edges count: while none of them is replaced. */
export async function connect({ banyan }: Sandboxed): Promise<Line> {
  const before = await gaugeOf(banyan, 'banyan_connections')
  const send = open(banyan)
  // What is no operation: it counts for nobody.
  await send('nobody', { path: '/nothing' })
  let edge: string | undefined
  await until(async () => {
    const now = await gaugeOf(banyan, 'banyan_connections')
    edge = [...now].find(([name, count]) => count > (before.get(name) ?? 0))?.[0]
    return edge !== undefined
  })
  return { edge: edge ?? '', send }
}

/** What each edge says of itself. */
export async function gaugeOf({ admin }: Pick<Tree, 'admin'>, name: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  const lines = text.matchAll(new RegExp(`^${name}\\{edge="([^"]+)"\\} (\\d+)$`, 'gm'))
  return new Map([...lines].map(([, edge = '', value]) => [edge, Number(value)]))
}

/** How the requests for an operation ended, over all edges. */
export async function counted({ banyan }: Sandboxed, name = 'Items') {
  const { rows } = await banyan.overview()
  const row = rows.find(({ operation }) => operation.includes(name))
  return { compared: row?.summary.compared ?? 0, gaps: row?.summary.outcomes['sandbox-gap'] ?? 0 }
}
