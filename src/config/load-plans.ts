import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { overlap } from '../core/operation/pattern.ts'
import type { Plan } from '../core/rollout/plan.ts'
import { filesOf } from './files.ts'
import { readPlan } from './plans.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

/** The plans that the config names, and the file of each. No operation may be in two. */
export function loadPlans(
  config: Config,
  folder: string,
  yaml: YamlFile,
  cwd: string,
): { readonly plans: readonly Plan[]; readonly places: ReadonlyMap<Plan, string>; readonly problems: readonly Problem[] } {
  const { files, problems } = filesOf('rollouts', config.rollouts, folder, yaml)
  const plans: Plan[] = []
  const places = new Map<Plan, string>()
  for (const path of files) {
    const { plan, problems: wrong } = readPlan(relative(cwd, path), readFileSync(path, 'utf8'), config)
    problems.push(...wrong)
    if (plan === undefined) continue
    if (plans.some(({ name }) => name === plan.name))
      problems.push({ file: relative(cwd, path), message: `two plans are called \`${plan.name}\``, fix: 'give each a name of its own' })
    const shared = plans.find(({ operations }) => operations.some((pattern) => plan.operations.some((other) => overlap(pattern, other))))
    if (shared !== undefined)
      problems.push({
        file: relative(cwd, path),
        message: `\`${plan.name}\` and \`${shared.name}\` are about the same operations`,
        fix: 'let every operation be in one plan',
      })
    plans.push(plan)
    places.set(plan, relative(cwd, path))
  }
  return { plans, places, problems }
}
