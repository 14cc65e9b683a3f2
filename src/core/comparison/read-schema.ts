import { buildSchema, GraphQLError, type GraphQLSchema } from 'graphql'

/** Why an SDL text is no schema; lines and columns from 1. */
export interface SchemaProblem {
  readonly message: string
  readonly line?: number
  readonly column?: number
}

/** Reads a schema from its SDL. */
export function readSchema(sdl: string): { readonly schema: GraphQLSchema } | { readonly problem: SchemaProblem } {
  try {
    return { schema: buildSchema(sdl) }
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error)
    const place = error instanceof GraphQLError ? error.locations?.[0] : undefined
    return { problem: { message, ...(place === undefined ? {} : place) } }
  }
}
