import { GraphQLError } from 'graphql'
import type { CountryRow, LanguageRow, World } from './world.ts'

/** How one of the two systems behaves. */
export interface Manner {
  readonly world: World
  /** Order in which languages of a country are listed. */
  readonly order: (codes: readonly string[]) => readonly string[]
  /** Message of the error that a disputed border's note ends in. One schema lets the note be null, the other does not, and loses more. */
  readonly noteFault: string
  /** Extra time of a search, in milliseconds. */
  readonly searchMs: number
  readonly onMutation: () => void
}

/** Countries whose borders are disputed in this demo: asking for the note fails. */
const DISPUTED = new Set(['IN', 'MA', 'IL'])

/** Resolvers over a world. The guest book is each system's own, in memory. */
export function createResolvers({ world, order, noteFault, searchMs, onMutation }: Manner) {
  const countries = new Map(world.countries.map((country) => [country.code, country]))
  const languages = new Map(world.languages.map((language) => [language.code, language]))
  const guestBook: { id: string; name: string; text: string }[] = [{ id: '1', name: 'Ada', text: 'First.' }]
  const inContinent = (code: string): CountryRow[] => world.countries.filter(({ continent }) => continent === code)

  return {
    Query: {
      country: (_: unknown, { code }: { code: string }) => countries.get(code) ?? null,
      countries: (_: unknown, { continent }: { continent?: string | null }) =>
        typeof continent === 'string' ? inContinent(continent) : world.countries,
      continents: () => world.continents,
      language: (_: unknown, { code }: { code: string }) => languages.get(code) ?? null,
      serverTime: () => new Date().toISOString(),
      guestBook: () => guestBook.slice(0, 1),
      search: async (_: unknown, { text }: { text: string }) => {
        await new Promise((resolve) => setTimeout(resolve, searchMs))
        return world.countries.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())).slice(0, 5)
      },
    },
    Mutation: {
      sign: (_: unknown, { name, text }: { name: string; text: string }) => {
        onMutation()
        const entry = { id: String(guestBook.length + 1), name, text }
        guestBook.push(entry)
        return entry
      },
    },
    Country: {
      continent: ({ continent }: CountryRow) => world.continents.find(({ code }) => code === continent),
      languages: ({ languages: codes }: CountryRow) => order(codes).flatMap((code): LanguageRow | [] => languages.get(code) ?? []),
      anthem: ({ code }: CountryRow) => `anthem of ${code}`,
      borders: ({ code }: CountryRow) => ({ length: code.charCodeAt(0) * 10, code }),
    },
    Borders: {
      note: ({ code }: { code: string }) => {
        if (DISPUTED.has(code)) throw new GraphQLError(noteFault)
        return `borders of ${code}`
      },
    },
    Continent: { countries: ({ code }: { code: string }) => inContinent(code).slice(0, 3) },
  }
}
