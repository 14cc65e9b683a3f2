import { partsOf } from '../core/operation/operation.ts'
import { matchesOperation } from '../core/operation/pattern.ts'
import { pathWords, restOperation } from '../core/operation/rest.ts'
import { deniedBy } from '../core/routing/deny.ts'
import type { OperationPolicy } from '../core/routing/policy.ts'
import type { Problem } from './problem.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

/** What policies may not say. */
export function policyProblems(config: Pick<Config, 'operations' | 'region' | 'routes'>, yaml: YamlFile): readonly Problem[] {
  const { operations, region } = config
  const known = 'value' in region ? [region.value] : region.allow
  const each = operations.flatMap(({ match, regions, stage, mirror }, index) => {
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
  return [...each, ...unvalidatable(config, yaml)]
}

/** Policies that would have REST operations validated and not run: of no document, nobody can. */
function unvalidatable({ operations, routes }: Pick<Config, 'operations' | 'routes'>, yaml: YamlFile): readonly Problem[] {
  const writes = routes.flatMap(({ path, methods = [], name, effect }) =>
    methods.map((method) => restOperation(method, path, { name, effect })).filter(({ type }) => type === 'write'),
  )
  return operations.flatMap(({ match, writes: mode, regions }, index) => {
    if (mode !== 'validate-only') return []
    // What a later policy says in all of its regions does not come to it.
    const isHeld = ({ key }: { readonly key: string }): boolean =>
      matchesOperation(match, key) &&
      !operations
        .slice(index + 1)
        .some((later) => later.writes !== undefined && matchesOperation(later.match, key) && coversRegions(later.regions, regions))
    const name = match.startsWith('write:') ? match : writes.find(isHeld)?.key.split('#')[0]
    if (name === undefined) return []
    const message = `\`writes: validate-only\` is about documents, and the REST operation \`${name}\` has none`
    return [yaml.problem(['operations', index, 'writes'], message, VALIDATE_FIX)]
  })
}

const VALIDATE_FIX = 'keep this policy to GraphQL (`match: "mutation:*"`), and give the REST operation `sandbox`, `dry-run` or `single`'

/** Whether a policy holds in all regions of another. */
function coversRegions(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  return wide === undefined || (narrow !== undefined && narrow.every((region) => wide.includes(region)))
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
  const { type, name } = partsOf(match)
  const bare = name.replaceAll('*', '')
  return type === 'write'
    ? deniedBy({ type, name: bare, roots: pathWords({ document: bare }) }, deny) !== undefined
    : deniedBy({ type: 'mutation', name: bare, roots: [] }, deny) !== undefined
}
