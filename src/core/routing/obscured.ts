import { isWrite, type Operation } from '../operation/operation.ts'
import { restOperation } from '../operation/rest.ts'
import { fold, readTemplate, type Segment } from '../operation/template.ts'
import { isDisguised, type Routable, type RouteEntry } from './route-table.ts'

/** What a request without a route may yet be to some server. */
export type MayBe = 'graphql' | Operation

/** A longer path is taken for everything: looking at all that it may mean would cost more than it did to send. */
const MAX_PATH = 2_048

interface Writing {
  readonly segments: readonly Segment[]
  readonly operation: Operation
  readonly method: string
}

/**
 * Finds the writes that a request may be though the route table takes it for none, because of how its path or method is spelled: what servers, frameworks and proxies in front of them do to
 * paths before they look for a route is not the same anywhere, so every reading counts.
 */
export class Obscured {
  readonly #writes: readonly Writing[]
  readonly #graphql: ReadonlySet<string>

  /** @param graphqlPaths where clients send GraphQL, and where legacy itself takes it */
  constructor(entries: readonly RouteEntry[], graphqlPaths: readonly string[]) {
    this.#writes = entries.flatMap(({ path, methods = [], name, effect }) => {
      const template = readTemplate(path)
      if (typeof template === 'string') return []
      const segments = withoutEmpty(template.segments)
      const operations = methods.map((method) => ({ segments, method, operation: restOperation(method, path, { name, effect }) }))
      return operations.filter(({ operation }) => isWrite(operation.type))
    })
    this.#graphql = new Set(graphqlPaths.flatMap((path) => readings(path).map((segments) => segments.join('/'))))
  }

  /** @param hasBody the request announces a body, which lets a GET be another than it says to some */
  find({ method, target, headers }: Routable, hasBody: boolean): readonly MayBe[] {
    if (method === 'OPTIONS' || method === 'HEAD' || method === 'TRACE') return []
    const query = target.indexOf('?')
    const search = query === -1 ? '' : target.slice(query)
    const isAny = hasBody && method === 'GET' ? true : isDisguised(headers, target)
    const writes = isAny ? this.#writes : this.#writes.filter((one) => one.method === method)
    // A GET of GraphQL says what to run in its query string.
    const asksGraphQL = method !== 'GET' || isAny || search !== ''
    if (writes.length === 0 && !asksGraphQL) return []
    const path = query === -1 ? target : target.slice(0, query)
    if (path.length > MAX_PATH) return [...(asksGraphQL ? (['graphql'] as const) : []), ...writes.map(({ operation }) => operation)]
    const all = readings(path)
    const isGraphQL = asksGraphQL && all.some((segments) => this.#graphql.has(segments.join('/')))
    const found = writes.filter(({ segments }) => all.some((reading) => fits(segments, reading)))
    return [...(isGraphQL ? (['graphql'] as const) : []), ...found.map(({ operation }) => operation)]
  }
}

function withoutEmpty(segments: readonly Segment[]): readonly Segment[] {
  return segments.filter((segment) => segment.kind !== 'literal' || segment.text !== '')
}

function fits(template: readonly Segment[], reading: readonly string[]): boolean {
  const isOpen = template.at(-1)?.kind === 'rest'
  if (isOpen ? reading.length < template.length - 1 : reading.length !== template.length) return false
  return template.every((segment, index) => segment.kind !== 'literal' || fold(segment.text) === reading[index])
}

type Text = (path: string) => string
type Parts = (segments: readonly string[]) => readonly string[]

/** What becomes of the text of a path before it is taken apart. */
const TEXTS: readonly Text[] = [
  (path) => path,
  decoded,
  (path) => decoded(path).replaceAll('\\', '/'),
  // A path ends there for who decodes it first and looks for its end then.
  (path) =>
    decoded(path)
      .replace(/[?#\0].*$/s, '')
      .trim(),
]

/** What may be done to its segments, each by some servers and not by others. */
const STEPS: readonly Parts[] = [
  (segments) => segments.map((segment) => segment.replace(/;.*$/s, '')),
  withoutDots,
  // `/orders.json` is `/orders` in another form.
  (segments) => segments.map((segment, index) => (index === segments.length - 1 ? segment.replace(/\.\w{1,5}$/, '') : segment)),
]

/** The segments of a path in every reading, in lower case; empty ones, and the slash at its end, mean nothing in any. */
function readings(path: string): readonly (readonly string[])[] {
  const all = new Map<string, readonly string[]>()
  for (const text of TEXTS) {
    const parts: (readonly string[])[] = [text(path).toLowerCase().split('/').slice(1)]
    for (const step of STEPS) parts.push(...parts.map(step))
    for (const segments of parts) {
      const filled = segments.filter((segment) => segment !== '')
      all.set(filled.join('/'), filled)
    }
  }
  return [...all.values()]
}

function withoutDots(segments: readonly string[]): readonly string[] {
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return kept
}

/** Nobody decodes more often. */
const ROUNDS = 3

function decoded(path: string): string {
  let text = path
  for (let round = 0; round < ROUNDS && text.includes('%'); round += 1) text = once(text)
  return text
}

function once(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
}
