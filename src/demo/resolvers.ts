import { setTimeout as wait } from 'node:timers/promises'
import { GraphQLError } from 'graphql'
import type { CountryRow, LanguageRow, World } from './world.ts'

/** How one of the two systems behaves: everything in which they are not alike, but for their schemas and servers. */
export interface Manner {
  readonly world: World
  /** Order in which the languages of a country are listed. */
  readonly order: (codes: readonly string[]) => readonly string[]
  /** Said where a country has several dialling codes and one was asked for. One schema lets it be null; the other does not, and loses more. */
  readonly severalCodes: (country: string) => string
  /** Said of a language that is none. */
  readonly unknownLanguage: (code: string) => string
  /** Extra time of a search, in milliseconds. */
  readonly searchMs: number
  /** Hears of every mutation that is run. */
  readonly onMutation: () => void
}

/** Answers of a search, and countries that a continent lists. */
const SHORT_LIST = 5

/** Resolvers over a world. What mutations change is each system's own, in memory. */
export function createResolvers({ world, order, severalCodes, unknownLanguage, searchMs, onMutation }: Manner) {
  const countries = new Map(world.countries.map((country) => [country.code, country]))
  const continents = new Map(world.continents.map((continent) => [continent.code, continent]))
  const languages = new Map(world.languages.map((language) => [language.code, language]))
  const store = createStore(onMutation)

  return {
    Mutation: store.Mutation,
    Query: {
      ...store.Query,
      country: (_: unknown, { code }: { code: string }) => countries.get(code) ?? null,
      continents: () => world.continents,
      language: (_: unknown, { code }: { code: string }) => {
        const found = languages.get(code)
        if (found === undefined) throw new GraphQLError(unknownLanguage(code), { extensions: { code: 'NOT_FOUND' } })
        return found
      },
      search: async (_: unknown, { text }: { text: string }) => {
        await wait(searchMs)
        return world.countries.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())).slice(0, SHORT_LIST)
      },
      serverTime: () => new Date().toISOString(),
    },
    Country: {
      continent: ({ continent }: CountryRow) => continents.get(continent),
      languages: ({ languages: codes }: CountryRow) => order(codes).flatMap((code): LanguageRow | [] => languages.get(code) ?? []),
      dialling: ({ code, phone }: CountryRow) => ({ code, codes: phone }),
    },
    Dialling: {
      main: ({ code, codes }: { readonly code: string; readonly codes: readonly string[] }) => {
        if (codes.length > 1) throw new GraphQLError(severalCodes(code))
        return codes[0]
      },
    },
    Continent: {
      countries: ({ code }: { code: string }) => world.countries.filter(({ continent }) => continent === code).slice(0, SHORT_LIST),
    },
  }
}

/** The part that remembers: a guest book, and who is liked. */
function createStore(onMutation: () => void) {
  const guestBook: { id: string; name: string; text: string }[] = [{ id: '1', name: 'Ada', text: 'First.' }]
  const likes = new Map<string, number>()
  return {
    Query: { guestBook: (_: unknown, { first }: { first: number }) => guestBook.slice(0, first) },
    Mutation: {
      sign: (_: unknown, { name, text }: { name: string; text: string }) => {
        onMutation()
        const entry = { id: String(guestBook.length + 1), name, text }
        guestBook.push(entry)
        return entry
      },
      like: (_: unknown, { code }: { code: string }) => {
        onMutation()
        const count = (likes.get(code) ?? 0) + 1
        likes.set(code, count)
        return count
      },
    },
  }
}
