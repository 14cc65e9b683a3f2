import { adminClient } from './admin-client.ts'
import { table, visible } from './table.ts'

/** Operations that belong together, as a running Banyan proposes them from what it has seen. */
export async function listConsistencyGroups({ json, admin }: { readonly json?: boolean; readonly admin: string }): Promise<number> {
  const view = await (await adminClient(admin).rollouts.groups.$get()).json()
  if (json === true) {
    process.stdout.write(`${JSON.stringify(view, null, 2)}\n`)
    return 0
  }
  const { hasSchema, groups, hubs, splits } = view
  if (!hasSchema) process.stdout.write('no schema: name one in `backends.legacy.schema` of the config\n')
  else if (groups.length === 0) process.stdout.write('no operations that were seen share a type\n')
  for (const { name, operations, types } of groups) {
    const rows = operations.map((operation) => [
      operation,
      types
        .map((one) => (one.writers.includes(operation) ? `writes ${one.type}` : one.operations.includes(operation) ? one.type : ''))
        .filter(Boolean)
        .join(', '),
    ])
    process.stdout.write(`${name}\n${table(['operation', 'by'], rows)}\n`)
  }
  if (hubs.length > 0) process.stdout.write(`touched by so many that they hold nothing else together: ${hubs.map(visible).join(', ')}\n`)
  for (const { message } of splits) process.stdout.write(`${visible(message)}\n`)
  return 0
}
