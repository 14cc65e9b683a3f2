import type { Names, Place } from '../rules/match.ts'
import type { Json } from './json.ts'
import { member } from './json.ts'
import { pathText, type Path } from './path.ts'
import { withoutIndexes, type Places } from './places.ts'

/** The REST operation that two answers are of. */
export interface RestAnswer {
  /** As in its key: `GET /users/{id}`. */
  readonly name: string
  /** Places of objects whose keys are data, as in coordinates: `users`, `items[].byName`. */
  readonly maps?: readonly string[]
}

/** First segment of every path in a body. */
export const BODY = 'body'

/** How a place of a body is written, in rules and lists too. */
export const REST_COORDINATE = /^(?:\w+|[A-Z]+ \/[^ ]*): [^ ]+$/

/** A key that a program gives, and nobody types: `firstName`, `@type`, `x-count`. Everything else (ids, addresses, sentences) is data. */
const NAME = /^[@$]?[A-Za-z_][\w-]{0,63}$/
const ID = /\d{4}|^[0-9a-f-]{12,}$/i
/** No record has so many fields. */
const MAX_FIELDS = 100

/** A place of a body, by what is known of it without a schema. */
export interface RestPlace {
  /** `GET /users/{id}: items[].name`; a key that is data is `{}`. */
  readonly coordinate: string
  /** The path as far as its keys are names: the part that may be kept. */
  readonly safe: Path
  /** Names on the way, the last one at the end. */
  readonly keys: readonly string[]
}

/**
 * Finds what to call the places of one pair of answers that no document asked for: by the keys on the way. In an object with one key that is no name, all keys
 * are taken to be data, and none of them is ever kept (PI-6).
 */
export class RestLocator {
  readonly #rest: RestAnswer
  readonly #roots: readonly (Json | undefined)[]
  readonly #maps = new Map<Json, boolean>()

  constructor(rest: RestAnswer, ...roots: readonly (Json | undefined)[]) {
    this.#rest = rest
    this.#roots = roots
  }

  /** @param path begins with `body` */
  locate(path: Path): RestPlace {
    let values = this.#roots
    let text = ''
    let [end, isOpen] = [1, true]
    const keys: string[] = []
    for (const segment of path.slice(1)) {
      if (typeof segment === 'number') {
        values = values.map((value) => (value?.type === 'array' ? value.items[segment] : undefined))
        text += '[]'
      } else {
        const isData = this.#rest.maps?.includes(text) === true || values.some((value) => this.#isMap(value))
        isOpen &&= !isData
        values = values.map((value) => member(value, segment))
        text += isData ? '{}' : text === '' ? segment : `.${segment}`
        if (!isData) keys.push(segment)
      }
      if (isOpen) end += 1
    }
    return { coordinate: `${this.#rest.name}: ${text === '' ? '(body)' : text}`, safe: path.slice(0, end), keys }
  }

  #isMap(value: Json | undefined): boolean {
    if (value?.type !== 'object') return false
    const known = this.#maps.get(value)
    if (known !== undefined) return known
    const { members } = value
    const isMap = members.length > MAX_FIELDS || members.some(({ key }) => !NAME.test(key) || ID.test(key))
    this.#maps.set(value, isMap)
    return isMap
  }
}

/** The places of two answers to a REST operation. */
export function createRestPlaces(rest: RestAnswer, legacy?: Json, candidate?: Json): Places {
  const locator = new RestLocator(rest, legacy, candidate)
  return {
    // What the client gave is in the path and the body of a request, and errors have no form of their own here: their texts are values like others.
    hide: (text) => text,
    label: (path) => {
      const text = pathText(path)
      if (path[0] !== BODY) return { path: text, coordinate: withoutIndexes(text), resolution: 'field-path' }
      const { coordinate, safe } = locator.locate(path)
      return { path: text, coordinate, resolution: 'field-path', ...(safe.length === path.length ? {} : { safePath: pathText(safe) }) }
    },
    place: (path): Place => {
      const text = pathText(path)
      return { path: text, names: path[0] === BODY ? restNames(locator.locate(path).coordinate) : [named(withoutIndexes(text))] }
    },
  }
}

/** What rules may call a place of a body: its coordinate, and the field at its end (`*.name`). */
export function restNames(coordinate: string): readonly Names[] {
  const field = /(?:^|[ .])([@$\w-]+)(?:\[\])*$/.exec(coordinate)?.[1]
  return [named(coordinate), ...(field === undefined ? [] : [named(`body.${field}`)])]
}

function named(coordinate: string): Names {
  return { coordinates: [coordinate], interfaceCoordinates: [], directives: [] }
}
