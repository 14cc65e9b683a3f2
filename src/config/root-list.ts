import { readSchema } from '../core/comparison/read-schema.ts'
import { vocabularyOf } from '../core/comparison/vocabulary.ts'
import { deniedBy } from '../core/routing/deny.ts'
import { ORIGINS, type Origin } from '../core/routing/stage.ts'
import type { LoadedConfig } from './loaded.ts'

/** A root field of a schema, for somebody to say whether asking for it twice does harm (MU-5). */
export interface ListedRoot {
  readonly field: string
  readonly schemas: readonly Origin[]
  /** The pattern or word that keeps it from a second backend; absent where none does. */
  readonly denied?: string
}

const ROOTS = { query: 'Query', mutation: 'Mutation' } as const

/** All root fields that the schemas of a config have, queries first, as they stand there. */
export function listRoots({ schemas, config }: Pick<LoadedConfig, 'schemas' | 'config'>): readonly ListedRoot[] {
  return (['query', 'mutation'] as const).flatMap((type) => {
    const bySide = ORIGINS.map((origin) => ({ origin, names: rootsIn(schemas[origin], type) }))
    const names = new Set(bySide.flatMap((side) => side.names))
    return [...names].map((name) => {
      const denied = deniedBy({ type, roots: [name] }, config.mirror.deny)
      return {
        field: `${ROOTS[type]}.${name}`,
        schemas: bySide.filter((side) => side.names.includes(name)).map(({ origin }) => origin),
        ...(denied === undefined ? {} : { denied }),
      }
    })
  })
}

function rootsIn(sdl: string | undefined, type: keyof typeof ROOTS): readonly string[] {
  const read = sdl === undefined ? undefined : readSchema(sdl)
  if (read === undefined || !('schema' in read)) return []
  const { types, roots } = vocabularyOf(read.schema)
  return [...(types.get(roots[type] ?? '')?.keys() ?? [])]
}
