import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { Client, fetchExchange } from '@urql/core'
import { GraphQLClient } from 'graphql-request'
import type { DemoOperation } from './operations.ts'

/** Asks one operation. Errors in an answer are part of the answer; it rejects only where there was none, or a 5xx. */
export type Ask = (
  operation: DemoOperation,
  variables: DemoOperation['variables'][number],
  headers: Record<string, string>,
) => Promise<void>

/** Real clients, each with its own way of asking, by the name that they give. */
export function createClients(url: string): Readonly<Record<string, Ask>> {
  return { web: apollo(url), android: urql(url), 'partner-api': graphqlRequest(url) }
}

const isMutation = ({ document }: DemoOperation): boolean => document.startsWith('mutation')

/** Apollo Client: everything by POST. */
function apollo(url: string): Ask {
  const client = new ApolloClient({ link: ApolloLink.from([new HttpLink({ uri: url })]), cache: new InMemoryCache() })
  return async (operation, variables, headers) => {
    const document = gql(operation.document)
    const options = { variables, context: { headers }, fetchPolicy: 'no-cache', errorPolicy: 'all' } as const
    const { error } = await (isMutation(operation)
      ? client.mutate({ ...options, mutation: document })
      : client.query({ ...options, query: document }))
    if (error !== undefined && !isAnswered(error)) throw new Error('no answer', { cause: error })
  }
}

/** urql: queries by GET. */
function urql(url: string): Ask {
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: 'within-url-limit' })
  return async (operation, variables, headers) => {
    const options = { fetchOptions: { headers }, requestPolicy: 'network-only' as const }
    const { error } = await (
      isMutation(operation) ? client.mutation(operation.document, variables, options) : client.query(operation.document, variables, options)
    ).toPromise()
    if (error?.networkError !== undefined) throw new Error('no answer', { cause: error })
  }
}

/** graphql-request, on behalf of a partner who never heard of GraphQL's own media type: the two servers choose another status for it. */
function graphqlRequest(url: string): Ask {
  const client = new GraphQLClient(url, { errorPolicy: 'all', headers: { accept: 'application/json' } })
  return async ({ document }, variables, headers) => {
    await client.rawRequest(document, variables, headers).catch((error: unknown) => {
      if (!isAnswered(error)) throw error
    })
  }
}

/** Whether what a client throws tells of an answer: a 400 in GraphQL's form is one. */
function isAnswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errors' in error) return true
  const told = 'response' in error ? error.response : error
  const { status } = told as { readonly status?: unknown } // absent or anything; checked here
  return typeof status === 'number' && status >= 200 && status < 500
}
