import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Agent } from 'undici'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority } from '../support/certificates.ts'
import { CLIENTS } from '../support/clients.ts'
import { everyForm, type EveryForm } from '../support/every-form.ts'
import { until, type Finished } from '../support/sockets.ts'
import { fetchOver, type Way } from '../support/ways.ts'

const TRANSPORTS = {
  'HTTP/1.1': { scheme: 'http', h2: false },
  'HTTP/1.1 and TLS': { scheme: 'https', h2: false },
  'HTTP/2': { scheme: 'https', h2: true },
} as const

type Origin = 'legacy' | 'candidate'

/** Where all operations stand, one after the other. */
interface Standing {
  readonly name: string
  readonly stage: string
  readonly percent?: number
  readonly rest?: string
  /** Who runs what is not a query. */
  readonly primaries: readonly Origin[]
}
const STANDINGS: readonly Standing[] = [
  { name: 'off', stage: 'off', primaries: ['legacy'] },
  { name: 'shadow', stage: 'shadow', primaries: ['legacy'] },
  { name: 'live for one half', stage: 'live', percent: 50, rest: 'shadow', primaries: ['legacy', 'candidate'] },
  { name: 'live', stage: 'live', primaries: ['candidate'] },
  { name: 'complete', stage: 'complete', primaries: ['candidate'] },
]
/** What the clients run between them. */
const OPERATIONS = [
  ...['Greet', 'Late', 'Stream', 'Plain', 'Form'].map((name) => `query:${name}#`),
  ...['Note', 'Upload', 'Two'].map((name) => `mutation:${name}#`),
  'subscription:Ticks#',
  'socket:/graphql#',
  'socket:SSE /graphql#',
]

/** Of whom some are in any half, and some are not. */
const USERS = ['ada', 'bert', 'cleo', 'dora', 'emil'] as const
/** It does not begin with what it is to run: nobody knows before all of it is read, and so it stays at legacy. */
const UNREAD = 'upload odd.bin'

/** How often each was run. */
const counted = (ran: readonly string[], times = 1): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const one of ran.toSorted()) counts[one] = (counts[one] ?? 0) + times
  return counts
}
const withoutQueries = (ran: readonly string[]): readonly string[] => ran.filter((one) => one !== 'greet')

describe.each(['http', 'https'] as const)('through a whole Banyan that speaks %s', (scheme) => {
  const cleanups: (() => void | Promise<void>)[] = []
  const finished: Finished = (cleanup) => void cleanups.unshift(cleanup)
  let origins: Readonly<Record<Origin | 'direct', EveryForm>>
  let banyan: Tree
  let ca: string | undefined

  beforeAll(async () => {
    origins = { direct: await everyForm(finished), legacy: await everyForm(finished), candidate: await everyForm(finished) }
    const backend = ({ url }: EveryForm) => ({ url: `${url}/graphql`, uploads: true, batches: true, profile: 'yoga' as const })
    const made = scheme === 'http' ? undefined : authority(finished)
    const pair = made?.issue('localhost')
    ca = made?.ca
    const listen = pair === undefined ? {} : { tls: { certificate: pair.certificateFile, key: pair.keyFile } }
    const backends = { legacy: backend(origins.legacy), candidate: backend(origins.candidate) }
    banyan = await startTree({ backends, subject: { header: 'x-user' }, workers: 1, listen }, {}, { finished })
  })
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  function way(url: string, user: string, h2: boolean, authorities: string | undefined): Way {
    const agent = new Agent({ allowH2: h2, connect: { ca: authorities } })
    finished(() => agent.destroy())
    return { url, fetch: fetchOver(agent, user), user, ca: authorities }
  }
  const through = (user: string, h2: boolean): Way => way(`${scheme}://localhost:${banyan.port}/graphql`, user, h2, ca)
  const direct = (): Way => way(`http://localhost:${origins.direct.port}/graphql`, 'ada', false, undefined)

  /** Moves everything, and waits until the edge goes by it. */
  async function move({ stage, percent = 100, rest, primaries }: Standing): Promise<void> {
    let seen: readonly string[] = []
    await until(async () => {
      seen = (await banyan.overview()).rows.map(({ operation }) => operation)
      return OPERATIONS.every((name) => seen.some((one) => one.startsWith(name)))
    })
    const greet = seen.find((one) => one.startsWith('query:Greet#')) ?? ''
    for (const operation of [...seen.filter((one) => one !== greet), greet]) {
      const body = JSON.stringify({ operation, stage, percent, rest, who: 'ada', why: 'a test' })
      const headers = { 'content-type': 'application/json' }
      expect(await fetch(`${banyan.admin}/api/flags/stage`, { method: 'POST', headers, body })).toMatchObject({ status: 200 })
    }
    if (!primaries.includes('candidate')) return
    const ran = (origin: Origin): number => origins[origin].ran.filter((one) => one === 'greet').length
    await until(async () => {
      const before = ran('candidate')
      for (const user of USERS) await CLIENTS['urql, by POST']?.[0](through(user, false))
      return ran('candidate') > before
    })
  }

  describe.each(STANDINGS)('where everything is $name', (standing) => {
    const users = standing.primaries.length === 1 ? USERS.slice(0, 1) : USERS

    beforeAll(async () => {
      if (standing.stage !== 'off') await move(standing)
      for (const { ran } of Object.values(origins)) ran.length = 0
    })

    describe.each(Object.entries(TRANSPORTS).filter(([, one]) => one.scheme === scheme))('over %s', (_transport, { h2 }) => {
      test.each(Object.entries(CLIENTS))('%s gets what it gets directly', async (_name, [use, least]) => {
        const expected = await use(direct())
        expect(JSON.stringify(expected)).toMatch(new RegExp(least.source, 's'))
        for (const user of users) expect(await use(through(user, h2))).toEqual(expected)
      })
    })

    test('and what is not a query is run once, by whom it stands with', () => {
      const [legacy, candidate] = [withoutQueries(origins.legacy.ran), withoutQueries(origins.candidate.ran)]
      expect(counted([...legacy, ...candidate])).toEqual(counted(withoutQueries(origins.direct.ran), users.length))
      const who = { legacy: legacy.filter((one) => one !== UNREAD), candidate }
      for (const origin of ['legacy', 'candidate'] as const) expect(who[origin].length > 0).toBe(standing.primaries.includes(origin))
      expect(candidate).not.toContain(UNREAD)
    })
  })
})
