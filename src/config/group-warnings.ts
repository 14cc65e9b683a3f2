import { readSchema } from '../core/comparison/read-schema.ts'
import { identify } from '../core/operation/identify.ts'
import { partsOf } from '../core/operation/operation.ts'
import { touchedTypes } from '../core/operation/touched-types.ts'
import { proposeGroups, type TouchingOperation } from '../core/rollout/consistency.ts'
import { splitsOf } from '../core/rollout/group-splits.ts'
import type { Plan } from '../core/rollout/plan.ts'
import type { LoadedConfig } from './loaded.ts'
import type { Problem } from './problem.ts'

/** Warns of plans that split what shares types, as far as manifests say what operations there are: nobody has asked anything yet (hazard H2). */
export function groupWarnings(
  places: ReadonlyMap<Plan, string>,
  { schemas, documents }: Pick<LoadedConfig, 'schemas' | 'documents'>,
): readonly Problem[] {
  const sdl = schemas.legacy ?? schemas.candidate
  if (sdl === undefined || documents.length === 0 || places.size === 0) return []
  const read = readSchema(sdl)
  if ('problem' in read) return []
  const operations = documents.flatMap(([, query]): readonly TouchingOperation[] => {
    const identified = identify({ query })
    if (identified.kind !== 'operation' || identified.operation.name === undefined) return []
    const { type, name } = partsOf(identified.operation.key)
    return [{ operation: `${type}:${name}`, ...touchedTypes(identified.operation.document, read.schema) }]
  })
  const { groups } = proposeGroups(operations)
  return [...places].flatMap(([plan, file]) => splitsOf(plan, groups).map(({ message, fix }) => ({ file, message, fix })))
}
