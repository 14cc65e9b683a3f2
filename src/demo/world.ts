import * as current from 'countries-list'
import older from 'countries-legacy'

/** One country as both servers know it, from two published versions of one data set: the differences between them are real. */
export interface CountryRow {
  readonly code: string
  readonly name: string
  readonly native: string
  readonly capital: string
  readonly currency: string
  readonly continent: string
  readonly languages: readonly string[]
  /** International dialling codes, without the plus. */
  readonly phone: readonly string[]
}

export interface LanguageRow {
  readonly code: string
  readonly name: string
  readonly native: string
  readonly rtl: boolean
}

export interface World {
  readonly countries: readonly CountryRow[]
  readonly continents: readonly { readonly code: string; readonly name: string }[]
  readonly languages: readonly LanguageRow[]
}

/** A text with commas in the older version, a list in the newer one. */
type Several = string | readonly (string | number)[]

interface Source {
  readonly countries: Readonly<
    Record<string, Omit<CountryRow, 'code' | 'currency' | 'phone'> & { readonly currency: Several; readonly phone: Several }>
  >
  readonly continents: Readonly<Record<string, string>>
  readonly languages: Readonly<Record<string, { readonly name: string; readonly native: string; readonly rtl?: number | boolean }>>
}

/** countries-list 2.6.1. */
export function legacyWorld(): World {
  return worldOf(older)
}

/** countries-list 3.4.1. */
export function candidateWorld(): World {
  return worldOf({ countries: current.countries, continents: current.continents, languages: current.languages })
}

function worldOf({ countries, continents, languages }: Source): World {
  return {
    countries: Object.entries(countries).map(([code, { name, native, capital, currency, continent, languages: spoken, phone }]) => ({
      code,
      name,
      native,
      capital,
      currency: textsOf(currency).join(','),
      continent,
      languages: spoken,
      phone: textsOf(phone),
    })),
    continents: Object.entries(continents).map(([code, name]) => ({ code, name })),
    languages: Object.entries(languages).map(([code, { name, native, rtl }]) => ({ code, name, native, rtl: Boolean(rtl) })),
  }
}

function textsOf(several: Several): readonly string[] {
  return typeof several === 'string' ? several.split(',') : several.map(String)
}
