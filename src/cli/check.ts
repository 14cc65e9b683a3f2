import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { loadInput } from './serve.ts'

/** Validates what `serve` would load, by the same code, and prints every problem. */
export function check(file: string, { json }: { readonly json?: boolean }): Promise<number> {
  const result = loadConfig(loadInput({ config: file }))
  const problems = [...('problems' in result ? result.problems : []), ...result.warnings]
  if (json === true) process.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`)
  else if (problems.length === 0) process.stdout.write(`${file} is fine\n`)
  else process.stdout.write(`${problems.map(formatProblem).join('\n')}\n`)
  return Promise.resolve(problems.length === 0 ? 0 : 2)
}
