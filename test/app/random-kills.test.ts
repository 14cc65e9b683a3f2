import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWhole, type Tree } from '../support/banyan.ts'
import { OBSCURED, open, startSandboxed, type Sandboxed, type Send } from '../support/sandboxed-tree.ts'
import { until } from '../support/sockets.ts'
import type { Behaviour, WritingBackend } from '../support/writing-backend.ts'
import { ADD, total } from '../support/writing-edge.ts'

/** What a client writes, and whether both stores are to have it: it is passed `on`, it leaves a `gap` for who wrote to both before, or it is for legacy `alone`. */
const KINDS = {
  mutation: { ask: (name: string) => ({ query: ADD, name }), sandbox: 'on' },
  path: { ask: (name: string) => ({ path: `/items/${name}` }), sandbox: 'on' },
  'path without a route': { ask: (name: string) => ({ path: `${OBSCURED}/${name}` }), sandbox: 'gap' },
  single: { ask: (name: string) => ({ query: 'mutation Note($name: String) { note(name: $name) { id } }', name }), sandbox: 'alone' },
} as const
type Kind = keyof typeof KINDS

interface Write {
  readonly kind: Kind
  readonly subject: number
  readonly legacy: Behaviour
  readonly candidate: Behaviour
}
interface Sent extends Write {
  readonly id: string
  readonly user: string
}

/** Somebody is killed when a write has come so far. */
interface Kill {
  readonly write: number
  readonly at: 'legacy' | 'candidate' | 'the client'
  readonly what: 'process' | 'shadow thread'
  readonly edges: readonly number[]
}

const EDGES = 2
const SUBJECTS = 4
const PATIENCE_MS = 4_000
const RUNS = Number(process.env['BANYAN_RUNS'] ?? 3)

const behaviour = fc.oneof(
  { arbitrary: fc.constant<Behaviour>('ok'), weight: 20 },
  fc.constantFrom<Behaviour>('refuse', 'reset', 'deaf', 'hang', '503'),
)
const kinds = Object.keys(KINDS) as Kind[] // the keys of that table
const write = fc.record<Write>({
  kind: fc.oneof({ arbitrary: fc.constantFrom<Kind>('mutation', 'path'), weight: 3 }, fc.constantFrom(...kinds)),
  subject: fc.nat({ max: SUBJECTS - 1 }),
  legacy: behaviour,
  candidate: behaviour,
})
const kill = fc.record<Kill>({
  write: fc.nat({ max: 15 }),
  at: fc.constantFrom('legacy', 'candidate', 'the client'),
  what: fc.constantFrom('process', 'process', 'shadow thread'),
  edges: fc.constantFrom([0], [1], [0, 1]),
})

const done = (backend: WritingBackend, id: string): number => backend.executed.filter((one) => one.id === id).length

/** Kills edges or their shadow threads, those that are there: another kill may have been before. Gives the processes that are no more. */
function strike(tree: Tree, { what, edges }: Kill): readonly number[] {
  const pids = tree.edges().filter((_, index) => edges.includes(index))
  for (const pid of pids)
    try {
      process.kill(pid, what === 'process' ? 'SIGKILL' : 'SIGUSR2')
    } catch {
      // It ended between the two.
    }
  return what === 'process' ? pids : []
}

/** How many requests for an operation ended, and how many of them as a gap. */
async function looked({ banyan }: Sandboxed, name: string): Promise<{ readonly ended: number; readonly gaps: number }> {
  const { rows } = await banyan.overview()
  const outcomes = rows.find(({ operation }) => operation.startsWith(`query:${name}#`))?.summary.outcomes ?? {}
  return { ended: total(outcomes), gaps: outcomes['sandbox-gap'] ?? 0 }
}

/** Who has written to both stores and lacks something in the second one. */
function missing({ legacy, candidate }: Sandboxed, sent: readonly Sent[]): readonly string[] {
  const lacks = (user: string): boolean => {
    const own = sent.filter((one) => one.user === user)
    const first = own.findIndex(({ id, kind }) => KINDS[kind].sandbox === 'on' && done(legacy, id) > 0)
    const forBoth = first === -1 ? [] : own.slice(first).filter(({ kind }) => KINDS[kind].sandbox !== 'alone')
    return forBoth.some(({ id }) => done(legacy, id) !== done(candidate, id))
  }
  return [...new Set(sent.map(({ user }) => user))].filter(lacks)
}

test('whatever is killed meanwhile: no write is done twice, none by the candidate before legacy did it, and who lacks one is stopped at every edge', async () => {
  const timeoutMs = 400
  const env = { NODE_OPTIONS: `--import=${new URL('../support/mortal-threads.ts', import.meta.url).href}` }
  const all = await startSandboxed(EDGES, { operations: [{ match: 'mutation:Note', stage: 'shadow', writes: 'single' }], timeoutMs, env })
  const { legacy, candidate, banyan } = all
  const killed = new Set<number>()
  let run = 0
  let looks = 0

  /** Each subject by a connection of its own, one write after another; those of several at once. */
  async function play(writes: readonly Write[], kills: readonly Kill[]): Promise<readonly Sent[]> {
    run += 1
    const sent = writes.map((one, index): Sent => ({ ...one, id: `${run}.${index}`, user: `${run}-${one.subject}` }))
    const due = new Map(kills.map((one) => [`${run}.${one.write}`, one]))
    const reached = (id: string, at: Kill['at']): void => {
      const one = due.get(id)
      if (one?.at !== at) return
      due.delete(id)
      for (const pid of strike(banyan, one)) killed.add(pid)
    }
    const early: string[] = []
    legacy.behave = (id) => {
      reached(id, 'legacy')
      return sent.find((one) => one.id === id)?.legacy ?? 'ok'
    }
    candidate.behave = (id) => {
      if (done(legacy, id) === 0) early.push(id)
      reached(id, 'candidate')
      return sent.find((one) => one.id === id)?.candidate ?? 'ok'
    }
    const clients = new Map<string, Send>(sent.map(({ user }) => [user, open(banyan)]))
    const inTurn = async (user: string): Promise<void> => {
      for (const one of sent.filter((other) => other.user === user)) {
        await clients.get(user)?.(user, KINDS[one.kind].ask(one.id))
        reached(one.id, 'the client')
      }
    }
    await Promise.all([...clients.keys()].map(inTurn))
    expect(early).toEqual([])
    return sent
  }

  /** Waits until who lacks something is stopped at both edges: two connections right after each other go to one each. */
  async function untilStopped(sent: readonly Sent[]): Promise<void> {
    // One that was killed just now is still there for a moment.
    const isOver = (): boolean => banyan.edges().length === EDGES && !banyan.edges().some((pid) => killed.has(pid))
    await until(async () => isOver() && (await isWhole(banyan, EDGES + 1)))
    for (;;) {
      const users = missing(all, sent)
      if (users.length === 0) return
      looks += 1
      const name = `Look${looks}`
      for (let edge = 0; edge < EDGES; edge += 1) {
        const send = open(banyan)
        for (const user of users) await send(user, { query: `query ${name} { items { name } }` })
      }
      const asked = users.length * EDGES
      let seen = { ended: 0, gaps: 0 }
      // Right after a kill a connection may break off, and what an edge counted is gone with it: then it is asked anew.
      const patience = performance.now() + PATIENCE_MS
      await until(async () => (seen = await looked(all, name)).ended === asked || performance.now() > patience)
      if (seen.gaps === asked) return
    }
  }

  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 8, maxLength: 16 }),
      fc.array(kill, { minLength: 1, maxLength: 3 }),
      async (writes, kills) => {
        const sent = await play(writes, kills)
        await untilStopped(sent)
        const twice = sent.filter(({ id }) => Math.max(done(legacy, id), done(candidate, id)) > 1)
        const astray = sent.filter(({ id, kind }) => KINDS[kind].sandbox !== 'on' && done(candidate, id) > 0)
        expect({ twice, astray }).toEqual({ twice: [], astray: [] })
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  )
}, 180_000)
