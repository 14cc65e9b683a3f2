import type { RawHeaders } from '../exchange/exchange.ts'
import { headerValue } from '../exchange/headers.ts'

/** Headers in which GraphQL clients say their name: Apollo's, and two that are common besides. */
const NAME_HEADERS = ['apollographql-client-name', 'x-graphql-client-name', 'graphql-client-name']

/** The client's name as it says it, cut to what can be a label; absent where it says none. */
export function clientOf(headers: RawHeaders): string | undefined {
  for (const header of NAME_HEADERS) {
    const name = headerValue(headers, header)
    if (name !== undefined && name !== '') return labelOf(name)
  }
  return undefined
}

/** The build that a backend names in the header that the config says; absent where it names none. */
export function buildOf(headers: RawHeaders, header: string | undefined): string | undefined {
  const build = header === undefined ? undefined : headerValue(headers, header.toLowerCase())
  return build === undefined || build === '' ? undefined : labelOf(build)
}

function labelOf(text: string): string {
  return text.slice(0, 64).replaceAll(/[^\w .:/@+-]/g, '?')
}
