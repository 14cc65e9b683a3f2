import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { Client, fetchExchange } from '@urql/core'
import { GraphQLClient } from 'graphql-request'
import { OPERATIONS, type DemoOperation } from './operations.ts'

/** What clients saw. GraphQL errors in an answer are answers; only a request without one is a failure. */
export interface Seen {
  answered: number
  failed: number
}

export interface Traffic {
  readonly seen: Readonly<Seen>
  readonly stop: () => Promise<void>
}

export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2']
const SUBJECTS = 300
const TICK_MS = 50
/** A slow router must not make the demo pile up requests without end. */
const MAX_UNDER_WAY = 200

type Send = (operation: DemoOperation, variables: Readonly<Record<string, string>>, headers: Record<string, string>) => Promise<unknown>

/** Three real clients, each with its own way of asking. */
function senders(url: string): readonly (readonly [string, Send])[] {
  const apollo = new ApolloClient({ link: ApolloLink.from([new HttpLink({ uri: url })]), cache: new InMemoryCache() })
  const urql = new Client({ url, exchanges: [fetchExchange], preferGetMethod: 'within-url-limit' })
  const request = new GraphQLClient(url, { errorPolicy: 'all' })
  return [
    [
      'web',
      async ({ document }, variables, headers) => {
        const parsed = gql(document)
        const options = { variables, context: { headers }, fetchPolicy: 'no-cache', errorPolicy: 'all' } as const
        const result = document.startsWith('mutation')
          ? await apollo.mutate({ ...options, mutation: parsed })
          : await apollo.query({ ...options, query: parsed })
        if (result.error !== undefined && 'statusCode' in result.error && Number(result.error.statusCode) >= 500)
          throw new Error(result.error.message)
      },
    ],
    [
      'android',
      async ({ document }, variables, headers) => {
        const options = { fetchOptions: { headers }, requestPolicy: 'network-only' as const }
        const result = await (
          document.startsWith('mutation') ? urql.mutation(document, variables, options) : urql.query(document, variables, options)
        ).toPromise()
        if (result.error?.networkError !== undefined) throw new Error(result.error.message)
      },
    ],
    ['partner-api', ({ document }, variables, headers) => request.rawRequest(document, variables, headers).catch(isNetworkFault)],
  ]
}

/** graphql-request throws for every status that is no success; an answer in GraphQL's form is one all the same. */
function isNetworkFault(error: unknown): void {
  const status = error instanceof Error && 'response' in error ? (error.response as { status?: number }).status : undefined
  if (status === undefined || status >= 500) throw error
}

/** A number that looks random and is the same in every run (the mixing step of Murmur3), so that no two choices move in step. */
function spread(turn: number, choice: number): number {
  let mixed = Math.imul(turn ^ Math.imul(choice, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** @throws RangeError for an empty list */
function pick<T>(list: readonly T[], turn: number, choice: number): T {
  const picked = list[spread(turn, choice) % list.length]
  if (picked === undefined) throw new RangeError('nothing to pick from')
  return picked
}

/** Sends `rate` requests a second until it is stopped: operations, regions, clients and subjects by turns. */
export function startTraffic(url: string, rate: number): Traffic {
  const clients = senders(url)
  const deck = OPERATIONS.flatMap((operation) => Array.from({ length: operation.weight }, () => operation))
  const seen: Seen = { answered: 0, failed: 0 }
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()
  let sent = 0

  const send = (): void => {
    const turn = sent
    sent += 1
    const operation = pick(deck, turn, 1)
    const [name, ask] = pick(clients, turn, 2)
    const variables = pick(operation.variables, turn, 3)
    const headers = {
      'x-region': pick(REGIONS, turn, 4),
      'x-user-id': `user-${spread(turn, 5) % SUBJECTS}`,
      'apollographql-client-name': name,
    }
    const work = ask(operation, variables, headers)
      .then(
        () => void (seen.answered += 1),
        () => void (seen.failed += 1),
      )
      .finally(() => underWay.delete(work))
    underWay.add(work)
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * rate
    while (sent < due && underWay.size < MAX_UNDER_WAY) send()
  }, TICK_MS)

  return {
    seen,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
    },
  }
}
