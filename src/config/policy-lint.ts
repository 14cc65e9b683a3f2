import { deniedBy } from '../core/routing/deny.ts'
import type { OperationPolicy } from '../core/routing/policy.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

/** What policies may not say. */
export function policyProblems({ operations, region }: Pick<Config, 'operations' | 'region'>, yaml: YamlFile): readonly Problem[] {
  const known = 'value' in region ? [region.value] : region.allow
  return operations.flatMap(({ match, regions, stage, mirror }, index) => {
    const unknown = (regions ?? []).filter((one) => !known.includes(one))
    return [
      ...unknown.map((one) =>
        yaml.problem(['operations', index, 'regions'], `the region \`${one}\` is unknown`, `known regions: ${known.join(', ')}`),
      ),
      ...(regions !== undefined && stage !== undefined
        ? [yaml.problem(['operations', index, 'stage'], 'a stage holds in all regions', 'set it by a flag where it is to hold in some')]
        : []),
      ...(mirror === 'allow' && !/^[^*]+#[0-9a-f]{16}$/.test(match)
        ? [
            yaml.problem(
              ['operations', index, 'match'],
              `\`mirror: allow\` is about one operation, and \`${match}\` may be several`,
              'write its whole key, with the signature: clients choose the name, and could run anything under it',
            ),
          ]
        : []),
    ]
  })
}

/** What policies say that will not be, or not be well. It keeps nobody from starting: what is doubtful is not mirrored. */
export function lintPolicies(config: Config, yaml: YamlFile, workers: number): readonly Problem[] {
  const { operations, mirror } = config
  const denied = operations.flatMap((policy, index) =>
    isDenied(policy, mirror.deny)
      ? [
          yaml.problem(
            ['operations', index, 'match'],
            `\`${policy.match}\` is on the deny list: no second backend is ever asked`,
            'take it out; or make an exception, `mirror: allow` with the whole key of the operation',
          ),
        ]
      : [],
  )
  const sandbox = operations.findIndex(({ writes }) => writes === 'sandbox')
  return sandbox === -1 ? denied : [...denied, ...sandboxWarnings(config, yaml, sandbox, workers)]
}

/** Where nobody decided what a sandbox depends on. */
function sandboxWarnings({ subject, workers: decided }: Config, yaml: YamlFile, index: number, workers: number): readonly Problem[] {
  const at = ['operations', index, 'writes']
  const unnamed = yaml.problem(
    at,
    'a sandbox keeps the order of the writes of each subject, and nobody says who that is',
    'set `subject`; without it, all clients behind one address are one',
  )
  const scattered = yaml.problem(
    at,
    `the writes of a subject are in order within one edge, and there are ${workers}`,
    'set `workers`: to 1, or to more where a subject comes over one connection',
  )
  return [...(subject === undefined ? [unnamed] : []), ...(decided === undefined && workers > 1 ? [scattered] : [])]
}

/** Whether what a pattern names says by itself that it will not be mirrored. */
function isDenied({ match, writes, mirror }: OperationPolicy, deny: readonly string[]): boolean {
  if (writes === undefined || writes === 'single' || mirror !== undefined) return false
  const [, name = ''] = (match.split('#')[0] ?? '').split(':')
  return deniedBy({ type: 'mutation', name: name.replaceAll('*', ''), roots: [] }, deny) !== undefined
}
