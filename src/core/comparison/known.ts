import type { GraphQLSchema } from 'graphql'
import type { Executed } from './executed.ts'
import type { Json } from './json.ts'
import type { Leave } from './leave.ts'
import { Locator } from './locate.ts'
import type { Path } from './path.ts'
import { BODY, type RestAnswer, type RestLocator } from './rest-places.ts'

/** What may be told of the places of one side. */
export interface Known {
  /** First segment of the values' paths; absent where they are GraphQL's. */
  readonly root?: typeof BODY
  /** The key at the end of the path is a name, and no data. */
  readonly isAsked: (path: Path) => boolean
  readonly mayKeep: (path: Path) => boolean
}

/** By the document that asked for them, and the schema. */
export function askedFor(executed: Executed | undefined, schema: GraphQLSchema | undefined, json: Json | undefined, leave: Leave): Known {
  const locator = executed === undefined ? undefined : new Locator(executed, schema, json)
  return {
    isAsked: (path) => locator?.locate(path)?.whole === true,
    mayKeep: (path) => locator !== undefined && path[0] === 'data' && leave.has((privacy) => privacy.mayKeep(path, locator, schema)),
  }
}

/** By the names in a REST answer. */
export function namedIn(locator: RestLocator, rest: RestAnswer, leave: Leave): Known {
  return {
    root: BODY,
    isAsked: (path) => locator.locate(path).safe.length === path.length,
    mayKeep: (path) => path[0] === BODY && leave.has((privacy) => privacy.mayKeepRest(rest, locator.locate(path))),
  }
}
