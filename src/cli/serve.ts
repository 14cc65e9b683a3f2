import { availableParallelism } from 'node:os'
import { serve } from '../app/serve.ts'
import { loadConfig, type LoadInput } from '../config/load.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { formatProblem } from '../config/problem.ts'
import { BanyanError } from '../errors.ts'

export interface ServeOptions {
  readonly config?: string
  readonly legacy?: string
  readonly candidate?: string
  readonly host?: string
  readonly port?: number
  readonly adminPort?: number
  readonly workers?: number
  readonly store?: string
}

/** What the command line and its surroundings say, as `loadConfig` takes it. */
export function loadInput({ config, legacy, candidate, ...overrides }: ServeOptions): LoadInput {
  return {
    ...(config === undefined ? {} : { file: config }),
    ...(legacy === undefined ? {} : { legacy }),
    ...(candidate === undefined ? {} : { candidate }),
    overrides,
    env: process.env,
    cwd: process.cwd(),
    now: Date.now(),
    cores: availableParallelism(),
  }
}

/** @throws BanyanError BAD_CONFIG, after every problem was printed */
export function loadOrFail(options: ServeOptions): LoadedConfig {
  const result = loadConfig(loadInput(options))
  if (!('problems' in result)) {
    for (const warning of result.warnings) process.stderr.write(`${formatProblem(warning)}\n`)
    return result.loaded
  }
  for (const problem of result.problems) process.stderr.write(`${formatProblem(problem)}\n`)
  throw new BanyanError('BAD_CONFIG', `the config has ${result.problems.length} problem${result.problems.length === 1 ? '' : 's'}`)
}

export async function runServe(options: ServeOptions): Promise<number> {
  await serve(loadOrFail(options), () => loadConfig(loadInput(options)))
  return 0
}
