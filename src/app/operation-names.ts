import { nearest } from '../config/nearest.ts'
import type { SeenOperation } from '../core/evidence/batch.ts'
import { BanyanError } from '../errors.ts'

/**
 * The operations that a person means: an exact key, `query:GetUser`, `query.GetUser` or just `GetUser`. All signatures under the name are meant.
 * @throws BanyanError UNKNOWN_OPERATION, with the nearest name; BAD_USAGE when the name is both a query's and a mutation's
 */
export function matchOperations(seen: readonly SeenOperation[], asked: string): readonly SeenOperation[] {
  const exact = seen.filter(({ key }) => key === asked)
  if (exact.length > 0) return exact
  const found = seen.filter(({ type, name }) => name !== undefined && [name, `${type}:${name}`, `${type}.${name}`].includes(asked))
  if (new Set(found.map(({ type }) => type)).size > 1) {
    throw new BanyanError(
      'BAD_USAGE',
      `${asked} is the name of several operations: ${found.map(({ key }) => key).join(', ')}`,
      'name the type too, for example query:GetUser',
    )
  }
  if (found.length > 0) return found
  const like = nearest(
    asked,
    seen.flatMap(({ name }) => name ?? []),
  )
  const hint = like === undefined ? {} : { hint: `did you mean ${like}?` }
  throw new BanyanError('UNKNOWN_OPERATION', `no operation ${asked} was seen`, ...(hint.hint === undefined ? [] : [hint.hint]))
}
