import type { RawHeaders } from '../exchange/exchange.ts'
import { METHOD_OVERRIDES } from '../exchange/headers.ts'
import type { Operation } from '../operation/operation.ts'
import { restOperation, type Effect, type RestMethod } from '../operation/rest.ts'
import { fold, readTemplate, segmentsOf } from '../operation/template.ts'
import type { Origin } from './stage.ts'

/** One line of the route table, as the operator wrote it. With `backend` it is passed on, with `methods` each of them is an operation. */
export interface RouteEntry {
  /** A template: `/users/{id}`, `/static/*`. */
  readonly path: string
  readonly methods?: readonly RestMethod[] | undefined
  readonly name?: string | undefined
  readonly effect?: Effect | undefined
  readonly backend?: Origin | undefined
}

/** What becomes of a request that is not GraphQL. */
export type Route =
  | { readonly kind: 'operation'; readonly operation: Operation }
  /** Passed on, to this backend and nobody else. */
  | { readonly kind: 'passed'; readonly origin: Origin }

/** What a request is routed by. */
export interface Routable {
  readonly method: string
  /** Path and query, as in the request line. */
  readonly target: string
  readonly headers: RawHeaders
}

/** The routes of one template: by method, and for all of them. */
interface Leaf {
  readonly byMethod: Map<string, Route>
  any?: Route
}

interface Node {
  /** By their folded text, so that another spelling is found too. */
  readonly literals: Map<string, { readonly text: string; readonly node: Node }>
  value?: Node
  rest?: Leaf
  leaf?: Leaf
}

/** Where nobody can say which route a backend would take. */
const DOUBT: Leaf = { byMethod: new Map() }

const OVERRIDE_LENGTHS: ReadonlySet<number> = new Set([...METHOD_OVERRIDES].map(({ length }) => length))

/**
 * Finds the route of a request: of all templates that fit its path, the most specific one. Fails closed: a path that servers may read in several ways, another
 * spelling of a route, a method in disguise or a GET with a body is no operation, and legacy gets it.
 */
export class RouteTable {
  readonly #root: Node | undefined

  /** @param entries checked: their templates can be read, and none crosses another */
  constructor(entries: readonly RouteEntry[]) {
    const root = emptyNode()
    for (const entry of entries) add(root, entry)
    this.#root = entries.length === 0 ? undefined : root
  }

  /** @param hasBody the request announces a body */
  find({ method, target, headers }: Routable, hasBody: boolean): Route | undefined {
    if (this.#root === undefined) return undefined
    const query = target.indexOf('?')
    const leaf = leafAt(this.#root, query === -1 ? target : target.slice(0, query))
    const route = leaf?.byMethod.get(method === 'HEAD' ? 'GET' : method) ?? leaf?.any
    if (route?.kind !== 'operation') return route
    const isDoubtful = (hasBody && (method === 'GET' || method === 'HEAD')) || isDisguised(headers, target)
    return isDoubtful ? undefined : route
  }
}

/** Whether a request asks to be taken for one of another method, in a line or in its query string. */
export function isDisguised(headers: RawHeaders, target: string): boolean {
  const query = target.indexOf('?')
  if (query !== -1 && namesMethod(target.slice(query))) return true
  for (let i = 0; i < headers.length; i += 2) {
    // Most names are told apart by their length alone.
    const name = headers[i] ?? ''
    // CGI and its heirs read `_` as `-`.
    if (OVERRIDE_LENGTHS.has(name.length) && METHOD_OVERRIDES.has(name.toLowerCase().replaceAll('_', '-'))) return true
  }
  return false
}

/** However it is written, and also where servers split at `;`. */
function namesMethod(query: string): boolean {
  if (!query.includes('%')) return /[?&;]_method=/i.test(query)
  return [...new URLSearchParams(query.replaceAll(';', '&')).keys()].some((name) => name.toLowerCase() === '_method')
}

function emptyNode(): Node {
  return { literals: new Map() }
}

function add(root: Node, { path, methods = [], name, effect, backend }: RouteEntry): void {
  const template = readTemplate(path)
  if (typeof template === 'string') throw new Error(`the route ${path} ${template}`)
  let node = root
  let leaf: Leaf | undefined
  for (const segment of template.segments) {
    if (segment.kind === 'rest') leaf = node.rest ??= { byMethod: new Map() }
    else if (segment.kind === 'value') node = node.value ??= emptyNode()
    else {
      const next = node.literals.get(fold(segment.text)) ?? { text: segment.text, node: emptyNode() }
      node.literals.set(fold(segment.text), next)
      node = next.node
    }
  }
  leaf ??= node.leaf ??= { byMethod: new Map() }
  for (const method of methods) leaf.byMethod.set(method, { kind: 'operation', operation: restOperation(method, path, { name, effect }) })
  if (backend !== undefined) leaf.any = { kind: 'passed', origin: backend }
}

/** Many servers take a path with and without a slash at its end for one: where they would lead to two routes, they lead to none. */
function leafAt(root: Node, path: string): Leaf | undefined {
  const segments = segmentsOf(path)
  if (segments === undefined) return undefined
  const found = search(root, segments, 0)
  const isOpen = segments.at(-1) === ''
  const sibling = search(root, isOpen ? segments.slice(0, -1) : [...segments, ''], 0, isOpen)
  return sibling === undefined || sibling === found ? found : DOUBT
}

/**
 * The most specific first: as it is written, a value, everything below.
 * @param withRest whether everything below counts
 */
function search(node: Node, segments: readonly string[], index: number, withRest = true): Leaf | undefined {
  const segment = segments[index]
  if (segment === undefined) return node.leaf
  const literal = node.literals.get(fold(segment))
  if (literal !== undefined && literal.text !== segment) return DOUBT
  return (
    (literal === undefined ? undefined : search(literal.node, segments, index + 1, withRest)) ??
    (node.value === undefined || segment === '' ? undefined : search(node.value, segments, index + 1, withRest)) ??
    (withRest ? node.rest : undefined)
  )
}
