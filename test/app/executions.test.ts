import fc from 'fast-check'
import { beforeAll, afterAll, describe, expect, test } from 'vitest'
import { STAGES, type Stage } from '../../src/core/routing/stage.ts'
import { until } from '../support/sockets.ts'
import { writingBackend, type Behaviour, type WritingBackend } from '../support/writing-backend.ts'
import { authority } from '../support/certificates.ts'
import { writerH1, writerH2, type Writer, type Written } from '../support/writers.ts'
import { ADD, ITEMS, POST_ITEM, startWritingEdge, total, type WritingEdge } from '../support/writing-edge.ts'

interface KindOfWrite {
  /** What is sent; GraphQL where no path is named. */
  readonly path?: (name: string) => string
  readonly body: (name: string) => Written['body']
  /** Both stores are to have it: it is passed `on`, or it goes by a way that cannot be passed on, and leaves a `gap`. */
  readonly sandbox?: 'on' | 'gap'
  /** How many requests it is counted as, where not one. */
  readonly counts?: number
}

const asking =
  (query: string) =>
  (name: string): string =>
    JSON.stringify({ query, variables: { name } })
const LOOK = 'query Look { items { id } }'

/** What a client asks for: a write of each policy and protocol, and what a policy cannot hold for. */
const KINDS = {
  sandbox: { body: asking(ADD), sandbox: 'on' },
  'sandbox of a path': { path: (name) => `/items/${name}`, body: () => '{}', sandbox: 'on' },
  single: { body: asking('mutation Note($name: String) { note(name: $name) { id } }') },
  'dry-run': { body: asking('mutation Other($name: String!) { other(name: $name) { id } }') },
  'validate-only': { body: asking('mutation Check($name: String) { note(name: $name) { id } }') },
  'on the deny list': { body: asking('mutation Login($name: String!) { login(name: $name) }') },
  'in a batch': {
    body: (name) => JSON.stringify([{ query: ADD, variables: { name } }, { query: LOOK }]),
    sandbox: 'gap',
    counts: 2,
  },
  'in a document of several': {
    body: (name) => JSON.stringify({ query: `${LOOK} ${ADD}`, operationName: 'Add', variables: { name } }),
    sandbox: 'gap',
  },
  'of a path, streaming': { path: (name) => `/items/${name}`, body: () => ['{', '}'], sandbox: 'gap' },
  'of a path without a route': { path: (name) => `//items/${name}`, body: () => '{}', sandbox: 'gap', counts: 0 },
} satisfies Readonly<Record<string, KindOfWrite>>
type Kind = keyof typeof KINDS
const kindOf = (kind: Kind): KindOfWrite => KINDS[kind]

interface WriteStep {
  readonly kind: Kind
  readonly subject: number
  readonly legacy: Behaviour
  readonly candidate: Behaviour
  /** The client sends it twice under a key of its own. */
  readonly isRetried: boolean
  readonly protocol: 'h1' | 'h2'
}
interface Sent extends WriteStep {
  readonly id: string
  readonly stages: Stage[]
  readonly user: string
}
type Step = WriteStep | { readonly stage: Stage } | 'crash'

const behaviour = fc.oneof(
  { arbitrary: fc.constant<Behaviour>('ok'), weight: 20 },
  fc.constantFrom<Behaviour>('refuse', 'reset', 'deaf', 'hang', '503'),
)
const KIND_NAMES = Object.keys(KINDS) as Kind[] // the keys of that table
/** Half of them are passed on: only between such is there an order to be broken. */
const kind = fc.oneof(fc.constantFrom(...KIND_NAMES), fc.constantFrom(...KIND_NAMES.filter((name) => kindOf(name).sandbox === 'on')))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record<WriteStep>({
      kind,
      subject: fc.nat({ max: 1 }),
      legacy: behaviour,
      candidate: behaviour,
      isRetried: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
      protocol: fc.constantFrom('h1', 'h2'),
    }),
    weight: 12,
  },
  { arbitrary: fc.record({ stage: fc.constantFrom(...STAGES) }), weight: 2 },
  { arbitrary: fc.constant<Step>('crash'), weight: 1 },
)

/** Whether both stores are to have what is written. */
const hasBoth = (stage: Stage): boolean => stage !== 'off' && stage !== 'complete'

const RUNS = Number(process.env['BANYAN_RUNS'] ?? 12)
const TIMEOUT_MS = 300_000

describe('whatever clients, backends, flags and threads do', () => {
  let legacy: WritingBackend
  let candidate: WritingBackend
  let edge: WritingEdge
  let writers: Readonly<Record<WriteStep['protocol'], Writer>>
  let requests = 0
  let run = 0
  const cleanups: (() => void | Promise<void>)[] = []

  beforeAll(async () => {
    const finished = (cleanup: () => void | Promise<void>): void => void cleanups.unshift(cleanup)
    const ca = authority(finished)
    legacy = await writingBackend('l', undefined, finished)
    candidate = await writingBackend('c', undefined, finished)
    edge = await startWritingEdge(
      legacy.url,
      candidate.url,
      {
        operations: [
          { match: 'mutation:Add', writes: 'sandbox' },
          { match: 'mutation:Other', writes: 'dry-run' },
          { match: 'mutation:Check', writes: 'validate-only' },
          { match: 'mutation:Login', writes: 'sandbox' },
          { match: 'write:*', writes: 'sandbox' },
        ],
        routes: [ITEMS],
        mirror: { timeoutMs: 300 },
      },
      { timeoutMs: 400, finished, batches: true, tls: ca.issue('localhost') },
    )
    writers = { h1: writerH1(edge.url, finished, ca.ca), h2: writerH2(edge.url, finished, ca.ca) }
  })
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  /** Plays the steps; gives what was asked for, in order, with all the stages from when it was sent until it was answered: one of them was the one that it met. */
  async function play(steps: readonly Step[]) {
    run += 1
    const behaviours = { legacy: new Map<string, Behaviour>(), candidate: new Map<string, Behaviour>() }
    legacy.behave = (id) => behaviours.legacy.get(id) ?? 'ok'
    candidate.behave = (id) => behaviours.candidate.get(id) ?? 'ok'
    let stage: Stage = 'shadow'
    const flip = (to: Stage): void => {
      stage = to
      for (const one of underWay) one.stages.push(to)
      edge.flip(to, ...['Add', 'Note', 'Other', 'Check', 'Login'].map((name) => `mutation:${name}`), POST_ITEM)
    }
    const sent: Sent[] = []
    const underWay = new Set<Sent>()
    flip('shadow')
    const turns = new Map<string, Promise<unknown>>()
    // Between a request and its retry nothing is flipped: that would be two writes of the client's, on two backends.
    let retried: Promise<unknown> = Promise.resolve()
    for (const [index, one] of steps.entries()) {
      if (one === 'crash') await edge.crash()
      else if ('stage' in one) {
        await retried
        flip(one.stage)
      } else {
        const user = `${run}-${one.subject}`
        const id = `${run}.${index}`
        behaviours.legacy.set(id, one.legacy)
        behaviours.candidate.set(id, one.candidate)
        // A client does not write again before it knows what became of the last write.
        await turns.get(user)
        const request: Sent = { ...one, id, stages: [stage], user }
        sent.push(request)
        underWay.add(request)
        const { path = () => '/graphql', body, counts = 1 } = kindOf(one.kind)
        const headers = { 'content-type': 'application/json', 'x-user-id': user, ...(one.isRetried ? { 'idempotency-key': id } : {}) }
        const send = () => {
          requests += counts
          return writers[one.protocol]({ target: path(id), headers, body: body(id) })
        }
        const turn = (one.isRetried ? send().then(send) : send()).then(() => underWay.delete(request))
        if (one.isRetried) retried = Promise.all([retried, turn])
        turns.set(user, turn)
      }
    }
    await Promise.all(turns.values())
    await until(() => total(edge.outcomes) === requests)
    return sent
  }

  const done = (backend: WritingBackend, id: string): number => backend.executed.filter((one) => one.id === id).length

  test(
    'a write is done as often as its policy says on each backend, in the order of its subject, and counted once',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
          const sent = await play(steps)
          for (const { id, kind, stages } of sent) {
            const times = [done(legacy, id), done(candidate, id)] as const
            expect(Math.max(...times)).toBeLessThanOrEqual(1)
            const isForBoth = kindOf(kind).sandbox === 'on' && stages.some(hasBoth)
            expect(times[0] + times[1]).toBeLessThanOrEqual(isForBoth ? 2 : 1)
            expect(candidate.rolledBack.filter((name) => name === id).length).toBeLessThanOrEqual(kind === 'dry-run' ? 2 : 0)
          }
          for (const user of new Set(sent.map((one) => one.user))) expectOrder(sent.filter((one) => one.user === user))
          expect(total(edge.outcomes)).toBe(requests)
        }),
        { numRuns: RUNS, endOnFailure: true },
      )
    },
    TIMEOUT_MS,
  )

  /** What was passed on came in order, and nothing after the first that is missing. */
  function expectOrder(sent: Awaited<ReturnType<typeof play>>): void {
    const first = sent.findIndex(({ kind, stages }) => kindOf(kind).sandbox === 'on' && stages.every(hasBoth))
    // From the first on both stores are to have everything, whichever way it comes; what came before is nobody's gap.
    const both = sent.filter(({ kind, stages }, index) => {
      const { sandbox } = kindOf(kind)
      return index >= first && (sandbox === 'gap' || (sandbox === 'on' && stages.every(hasBoth)))
    })
    const passedTo = (backend: WritingBackend): readonly number[] =>
      backend.executed
        .filter(({ isPassed }) => isPassed)
        .map(({ id }) => both.findIndex((one) => one.id === id))
        .filter((index) => index !== -1)
    const missing = both.findIndex(({ id }) => done(legacy, id) !== done(candidate, id))
    for (const backend of [legacy, candidate]) {
      const order = passedTo(backend)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(order.filter((index) => missing !== -1 && index > missing)).toEqual([])
    }
  }
})
