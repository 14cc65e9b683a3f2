import { ORIGINS } from '../core/routing/stage.ts'
import { patternProblem } from './pattern-problem.ts'
import { policyProblems } from './policy-lint.ts'
import type { Problem } from './problem.ts'
import { lintRoutes } from './route-lint.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

/** Bytes of `sun_path` on Linux, but for the last one (unix(7)). */
const MAX_SOCKET_PATH = 107
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/

type Check = (config: Config, yaml: YamlFile, env: Readonly<Record<string, string | undefined>>) => readonly Problem[]

/** What no single key can tell. Each check names the key that has to change. */
const CHECKS: readonly Check[] = [
  ({ region }, yaml) =>
    'header' in region && !region.allow.includes(region.fallback)
      ? [
          yaml.problem(
            ['region', 'fallback'],
            `the fallback region \`${region.fallback}\` is not in region.allow`,
            'add it to the list, or choose one that is there',
          ),
        ]
      : [],
  ({ backends }, yaml) =>
    backends.legacy.url === backends.candidate.url
      ? [yaml.problem(['backends', 'candidate', 'url'], 'legacy and candidate are the same address', 'name the rewrite here')]
      : [],
  ({ listen, backends }, yaml) =>
    (['legacy', 'candidate'] as const).flatMap((origin) => {
      const { hostname, port } = new URL(backends[origin].url)
      const loops = Number(port) === listen.port && listen.port !== 0 && LOOPBACK.test(hostname)
      return loops
        ? [
            yaml.problem(
              ['backends', origin, 'url'],
              `the ${origin} backend is Banyan itself`,
              'name the backend, not the port that Banyan listens on',
            ),
          ]
        : []
    }),
  ({ listen, admin }, yaml) =>
    listen.port === admin.port && listen.port !== 0
      ? [yaml.problem(['admin', 'port'], `listen and admin share port ${admin.port}`, 'give the admin port another number')]
      : [],
  ({ limits: { headersMs, requestMs } }, yaml) =>
    headersMs > requestMs
      ? [
          yaml.problem(
            ['limits', 'headersMs'],
            `the head of a request may take ${headersMs} ms, and all of it ${requestMs} ms`,
            'make limits.requestMs as long at the least',
          ),
        ]
      : [],
  ({ backends }, yaml) =>
    ORIGINS.flatMap((origin) => {
      const [socketPath = ''] = backends[origin].url.startsWith('unix:')
        ? decodeURI(backends[origin].url.slice('unix:'.length)).split(':', 1)
        : []
      const bytes = Buffer.byteLength(socketPath)
      return bytes > MAX_SOCKET_PATH
        ? [
            yaml.problem(
              ['backends', origin, 'url'],
              `the path of the Unix socket has ${bytes} bytes, and the system takes ${MAX_SOCKET_PATH}`,
              'put the socket, or a link to its folder, at a shorter path',
            ),
          ]
        : []
    }),
  ({ admin }, yaml, env) => {
    if (admin.tokenEnv !== undefined && !env[admin.tokenEnv]) {
      return [
        yaml.problem(
          ['admin', 'tokenEnv'],
          `the environment variable ${admin.tokenEnv} is not set`,
          'set it to the token of the admin API',
        ),
      ]
    }
    if (admin.viewerTokenEnv !== undefined && (admin.tokenEnv === undefined || !env[admin.viewerTokenEnv])) {
      const fix = 'set it, and admin.tokenEnv beside it for those who may change something'
      return [yaml.problem(['admin', 'viewerTokenEnv'], `a viewer's token needs ${admin.viewerTokenEnv} and admin.tokenEnv`, fix)]
    }
    const open = !LOOPBACK.test(admin.host) && admin.tokenEnv === undefined
    return open
      ? [
          yaml.problem(
            ['admin', 'host'],
            `the admin port would be open to everybody on ${admin.host}`,
            'name an environment variable with a token in admin.tokenEnv, or bind it to 127.0.0.1',
          ),
        ]
      : []
  },
  (_, yaml, env) =>
    env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
      ? [
          yaml.problem(
            [],
            'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: nobody that Banyan speaks TLS with would be verified',
            'unset it; name the authority of a private certificate in backends.*.tls.ca or NODE_EXTRA_CA_CERTS',
          ),
        ]
      : [],
  ({ flags }, yaml, env) =>
    flags.provider === 'launchdarkly' && !env[flags.sdkKeyEnv]
      ? [yaml.problem(['flags', 'sdkKeyEnv'], `the environment variable ${flags.sdkKeyEnv} is not set`, "set it to LaunchDarkly's SDK key")]
      : [],
  ({ flags }, yaml, env) =>
    flags.provider === 'launchdarkly' && flags.apiTokenEnv !== undefined && !env[flags.apiTokenEnv]
      ? [
          yaml.problem(
            ['flags', 'apiTokenEnv'],
            `the environment variable ${flags.apiTokenEnv} is not set`,
            'set it to an access token of LaunchDarkly that may change the flags, or take the key out',
          ),
        ]
      : [],
  ({ privacy: { hashKeyEnv } }, yaml, env) =>
    hashKeyEnv !== undefined && !env[hashKeyEnv]
      ? [
          yaml.problem(
            ['privacy', 'hashKeyEnv'],
            `the environment variable ${hashKeyEnv} is not set`,
            'set it to a random text, the same for all replicas',
          ),
        ]
      : [],
  ({ operations }, yaml) =>
    operations.flatMap(({ match }, index) => {
      const wrong = patternProblem(match)
      return wrong === undefined ? [] : [yaml.problem(['operations', index, 'match'], wrong.message, wrong.fix)]
    }),
  lintRoutes,
  policyProblems,
  ({ notify }, yaml, env) =>
    notify.flatMap(({ url, urlEnv, secretEnv }, index) => {
      if ((url === undefined) === (urlEnv === undefined))
        return [yaml.problem(['notify', index], 'a receiver has either `url` or `urlEnv`', 'name one of them')]
      const missing = [urlEnv, secretEnv].filter((name) => name !== undefined && !env[name])
      const address = url ?? env[urlEnv ?? ''] ?? ''
      const wrong =
        missing.length === 0 && !/^https?:\/\//.test(address) ? ['the address of a receiver begins with http:// or https://'] : []
      return [...missing.map((name) => `the environment variable ${name} is not set`), ...wrong].map((message) =>
        yaml.problem(['notify', index], message, 'set it, or take the receiver out'),
      )
    }),
]

export function crossCheck(config: Config, yaml: YamlFile, env: Readonly<Record<string, string | undefined>>): readonly Problem[] {
  return CHECKS.flatMap((check) => check(config, yaml, env))
}
