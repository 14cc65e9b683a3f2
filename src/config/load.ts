import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { readSchema } from '../core/comparison/read-schema.ts'
import { ORIGINS } from '../core/routing/stage.ts'
import { crossCheck } from './cross-check.ts'
import { loadCertificates } from './load-certificates.ts'
import { loadDocuments } from './load-documents.ts'
import { groupWarnings } from './group-warnings.ts'
import { loadPlans } from './load-plans.ts'
import { loadRules } from './load-rules.ts'
import type { LoadedConfig } from './loaded.ts'
import { lintPolicies } from './policy-lint.ts'
import type { Problem } from './problem.ts'
import { Config, type ConfigInput } from './schema.ts'
import { YamlFile } from './yaml-file.ts'

/** Where the config comes from, and everything of the world that it depends on. */
export interface LoadInput {
  readonly file?: string
  /** For running without a file. */
  readonly legacy?: string
  readonly candidate?: string
  /** What the command line says beats the file. */
  readonly overrides?: {
    readonly host?: string
    readonly port?: number
    readonly adminPort?: number
    readonly workers?: number
    readonly store?: string
  }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Processor cores of the machine. */
  readonly cores: number
}

/**
 * A warning keeps nobody from starting: a rule that expired overnight must not take a router out of service. `config`: the file itself can be read; the files that it names are those to look at until
 * they are in order.
 */
export type Loaded = ({ readonly loaded: LoadedConfig } | { readonly problems: readonly Problem[]; readonly config?: Config }) & {
  readonly warnings: readonly Problem[]
}

/** Reads, decodes and checks everything that `serve` would run on. All problems are found in one go. The only reader of files and environment. */
export function loadConfig(input: LoadInput): Loaded {
  const yaml = input.file === undefined ? withoutFile(input) : readYaml(input.file, input.cwd)
  if (!(yaml instanceof YamlFile)) return { problems: [yaml], warnings: [] }
  const decoded = yaml.decode(Config)
  if ('problems' in decoded) return { ...decoded, warnings: [] }
  const config = override(decoded.value, input)
  const folder = input.file === undefined ? input.cwd : dirname(resolve(input.cwd, input.file))
  const schemas = loadSchemas(config, folder, yaml, input.cwd)
  const rules = loadRules(config, yaml, schemas.sdl, { folder, ...input })
  const plans = loadPlans(config, folder, yaml, input.cwd)
  const documents = loadDocuments(config, folder, yaml, input.cwd)
  const tls = loadCertificates(config, yaml, { folder, ...input })
  const problems = [
    ...crossCheck(config, yaml, input.env),
    ...schemas.problems,
    ...rules.problems,
    ...plans.problems,
    ...documents.problems,
    ...tls.problems,
  ]
  const workers = config.workers ?? Math.max(1, input.cores - 1)
  const warnings = [
    ...rules.warnings,
    ...tls.warnings,
    ...lintPolicies(config, yaml, workers),
    ...groupWarnings(plans.places, { schemas: schemas.sdl, documents: documents.entries }),
  ]
  if (problems.length > 0) return { problems, warnings, config }
  return {
    warnings,
    loaded: deepFreeze({
      config,
      ...(input.file === undefined ? {} : { file: resolve(input.cwd, input.file) }),
      schemas: schemas.sdl,
      rules: rules.rules,
      documents: documents.entries,
      certificates: tls.certificates,
      plans: plans.plans,
      secrets: secretsOf(config, input.env),
      // One that is empty says nothing (OpenTelemetry, "Environment variable specification").
      otel: Object.fromEntries(
        Object.entries(input.env).flatMap(([key, value = '']) => (key.startsWith('OTEL_') && value !== '' ? [[key, value]] : [])),
      ),
      workers,
    }),
  }
}

function readYaml(file: string, cwd: string): YamlFile | Problem {
  try {
    return new YamlFile(file, readFileSync(resolve(cwd, file), 'utf8'))
  } catch (error) {
    return {
      file,
      message: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'check the path and its permissions',
    }
  }
}

/** Two addresses are enough: every query is mirrored, everything else goes to legacy alone. */
function withoutFile({ legacy, candidate }: LoadInput): YamlFile | Problem {
  if (legacy === undefined || candidate === undefined) {
    return { file: 'command line', message: 'no config', fix: 'give --config FILE, or both --legacy URL and --candidate URL' }
  }
  const config: ConfigInput = {
    backends: { legacy: { url: legacy }, candidate: { url: candidate } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
  }
  return new YamlFile('command line', JSON.stringify(config))
}

function override(config: Config, { overrides = {}, env }: LoadInput): Config {
  const { host, port, adminPort, workers, store } = overrides
  const url = env['DATABASE_URL'] ?? store ?? config.store.url
  return {
    ...config,
    listen: { ...config.listen, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) },
    admin: { ...config.admin, ...(adminPort === undefined ? {} : { port: adminPort }) },
    ...(workers === undefined ? {} : { workers }),
    store: { ...config.store, url: /^(pglite:|postgres(ql)?:)/.test(url) ? url : `pglite:${url}` },
  }
}

function loadSchemas(config: Config, folder: string, yaml: YamlFile, cwd: string): { sdl: LoadedConfig['schemas']; problems: Problem[] } {
  const problems: Problem[] = []
  const sdl: { legacy?: string; candidate?: string } = {}
  for (const origin of ORIGINS) {
    const file = config.backends[origin].schema
    if (file === undefined) continue
    const path = resolve(folder, file)
    try {
      const text = readFileSync(path, 'utf8')
      const read = readSchema(text)
      if ('problem' in read) problems.push({ file: relative(cwd, path), ...read.problem, fix: 'the file must hold a whole schema in SDL' })
      else sdl[origin] = text
    } catch (error) {
      problems.push(
        yaml.problem(
          ['backends', origin, 'schema'],
          `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
          'the path is relative to this file',
        ),
      )
    }
  }
  return { sdl, problems }
}

function secretsOf({ admin, flags, notify, privacy }: Config, env: LoadInput['env']): LoadedConfig['secrets'] {
  const adminToken = admin.tokenEnv === undefined ? undefined : env[admin.tokenEnv]
  const viewerToken = admin.viewerTokenEnv === undefined ? undefined : env[admin.viewerTokenEnv]
  const launchDarklySdkKey = flags.provider === 'launchdarkly' ? env[flags.sdkKeyEnv] : undefined
  const tokenEnv = flags.provider === 'launchdarkly' ? flags.apiTokenEnv : undefined
  const launchDarklyApiToken = tokenEnv === undefined ? undefined : env[tokenEnv]
  const named = privacy.hashKeyEnv === undefined ? undefined : env[privacy.hashKeyEnv]
  const [hashKey, countingKey] = [named ?? randomBytes(32).toString('hex'), named ?? randomBytes(32).toString('hex')]
  const webhooks = notify.map(({ url, urlEnv, secretEnv }) => {
    const secret = secretEnv === undefined ? undefined : env[secretEnv]
    return { url: url ?? env[urlEnv ?? ''] ?? '', ...(secret === undefined ? {} : { secret }) }
  })
  return {
    hashKey,
    countingKey,
    webhooks,
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(viewerToken === undefined ? {} : { viewerToken }),
    ...(launchDarklySdkKey === undefined ? {} : { launchDarklySdkKey }),
    ...(launchDarklyApiToken === undefined ? {} : { launchDarklyApiToken }),
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}
