import type { LoadedConfig } from '../config/loaded.ts'
import type { ComparisonInput } from '../core/comparison/compare.ts'
import { headerValue } from '../core/exchange/headers.ts'
import { isRest, partsOf } from '../core/operation/operation.ts'
import { readParams } from '../core/operation/params.ts'
import type { Reading } from '../core/operation/profile.ts'
import { restOperation } from '../core/operation/rest.ts'
import type { Begin, HandedOperation } from '../handover/record.ts'
import { DocumentStore } from './document-store.ts'
import { readingOf } from './reading.ts'

export type Asked = Pick<ComparisonInput, 'operation' | 'document' | 'operationName' | 'variables' | 'rest'>

/** What each operation of a request was asked for, by position. */
export type AskedBy = (begin: Begin) => readonly Asked[]

/** Prepares the reading of what was handed over, with the documents that the backends have stored. */
export function createAskedBy(loaded: LoadedConfig): AskedBy {
  const documents = new DocumentStore(loaded)
  const reading = readingOf(loaded)
  const restOf = createRestOf(loaded.config.routes)
  return (begin) =>
    begin.operation !== undefined && isRest(begin.operation.type) ? [restOf(begin.operation)] : readAsked(begin, reading, documents)
}

/** What is known of REST operations, by the route table. */
function createRestOf(routes: LoadedConfig['config']['routes']): (operation: HandedOperation) => Asked {
  const maps = new Map(
    routes.flatMap(({ path, methods = [], name, effect, maps: own }) =>
      methods.map((method) => [restOperation(method, path, { name, effect }).key, own ?? []] as const),
    ),
  )
  return ({ key }) => ({ operation: key, rest: { name: partsOf(key).name, maps: maps.get(key) ?? [] } })
}

/** What each operation of a request was asked for, as far as it can be told. */
function readAsked(
  { method, target, headers, body, operation, batch }: Begin,
  reading: Reading,
  documents: DocumentStore,
): readonly Asked[] {
  const contentType = headerValue(headers, 'content-type')
  const params = readParams({
    method,
    target,
    reading,
    ...(contentType === undefined ? {} : { contentType }),
    ...(body === undefined ? {} : { body }),
  })
  if (typeof params === 'string') return (batch ?? [operation]).map((one) => (one === undefined ? {} : { operation: one.key }))
  return ('entries' in params ? params.entries : [params]).map((one, index) => {
    const { operationName, variables } = one
    const key = (batch?.[index] ?? operation)?.key
    const document = 'stored' in one ? documents.find(one.stored.id) : one.query
    return {
      ...(key === undefined ? {} : { operation: key }),
      ...(document === undefined ? {} : { document }),
      ...(operationName === undefined ? {} : { operationName }),
      ...(variables === undefined ? {} : { variables }),
    }
  })
}
