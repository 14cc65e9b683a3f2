import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { listRoots, type ListedRoot } from '../config/root-list.ts'
import { loadInput } from './serve.ts'
import { table } from './table.ts'

/** Validates what `serve` would load, by the same code, and prints every problem. */
export function check(file: string, { json, roots }: { readonly json?: boolean; readonly roots?: boolean }): Promise<number> {
  const result = loadConfig(loadInput({ config: file }))
  if (roots === true && 'loaded' in result) return Promise.resolve(printRoots(listRoots(result.loaded), json === true))
  const problems = [...('problems' in result ? result.problems : []), ...result.warnings]
  if (json === true) process.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`)
  else if (problems.length === 0) process.stdout.write(`${file} is fine\n`)
  else process.stdout.write(`${problems.map(formatProblem).join('\n')}\n`)
  return Promise.resolve(problems.length === 0 ? 0 : 2)
}

/** For somebody to look through before mirroring starts: a query is a promise of the schema, not a proof. */
function printRoots(roots: readonly ListedRoot[], json: boolean): number {
  const rows = roots.map(({ field, schemas, denied }) => [
    field,
    schemas.join(', '),
    denied === undefined ? '' : `never mirrored: ${denied}`,
  ])
  const text = rows.length === 0 ? 'no schema is named in backends.*.schema\n' : table(['field', 'schemas', 'mirroring'], rows)
  process.stdout.write(json ? `${JSON.stringify({ roots }, null, 2)}\n` : text)
  return 0
}
