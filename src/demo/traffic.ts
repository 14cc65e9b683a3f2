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
        const result = document.startsWith('mutation') ? await apollo.mutate({ ...options, mutation: parsed }) : await apollo.query({ ...options, query: parsed })
        if (result.error !== undefined && 'statusCode' in result.error && Number(result.error.statusCode) >= 500) throw result.error
      },
    ],
    [
      'android',
      async ({ document }, variables, headers) => {
        const options = { fetchOptions: { headers }, requestPolicy: 'network-only' as const }
        const result = await (document.startsWith('mutation') ? urql.mutation(document, variables, options) : urql.query(document, variables, options)).toPromise()
        if (result.error?.networkError !== undefined) throw result.error.networkError
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
    // Steps that share no factor with the sizes, so that every combination comes up.
    const operation = deck[(turn * 7) % deck.length]
    const [name, ask] = clients[turn % clients.length] ?? []
    if (operation === undefined || ask === undefined || name === undefined) return
    const variables = operation.variables[Math.floor(turn / deck.length) % operation.variables.length] ?? {}
    const headers = { 'x-region': REGIONS[Math.floor(turn / 5) % REGIONS.length] ?? '', 'x-user-id': `user-${(turn * 31) % SUBJECTS}`, 'apollographql-client-name': name }
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
