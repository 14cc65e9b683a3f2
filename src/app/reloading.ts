import type { Loaded } from '../config/load.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Config } from '../config/schema.ts'
import { fileFingerprint } from '../config/watched-files.ts'
import type { Log } from '../telemetry/log.ts'
import { changeOf, sameRun, type ConfigChange } from './config-change.ts'
import { ConfigWatch } from './config-watch.ts'

export interface ReloadingDeps {
  /** What is in force. */
  readonly current: () => LoadedConfig
  /** Reads everything again, as the start did. */
  readonly load: () => Loaded
  /** Rules and certificates, which processes take while they run. */
  readonly takeParts: (loaded: LoadedConfig) => void
  /** Replaces the processes. `false`: they do not start with it, and the old ones are back. */
  readonly replaceProcesses: (loaded: LoadedConfig) => Promise<boolean>
  /** Hears what is wrong with the files as they are now, and nothing when they are in force. */
  readonly onProblems: (problems: readonly string[]) => void
  readonly log: Log
}

/** What reads config, rules, plans, schemas and certificates again, once it is started, when they change or on SIGHUP, and puts in force what is in order. */
export function createReloading({ current, load, takeParts, replaceProcesses, onProblems, log }: ReloadingDeps): ConfigWatch {
  const take: Readonly<{
    [K in ConfigChange['kind']]: (change: Extract<ConfigChange, { kind: K }>, next: LoadedConfig) => Promise<string[]>
  }> = {
    none: () => Promise.resolve([]),
    parts: ({ rules, certificates }, next) => {
      takeParts(next)
      log.info(
        { rules: next.rules.length },
        [...(rules ? ['rules'] : []), ...(certificates ? ['certificates'] : [])].join(' and ') + ' changed',
      )
      return Promise.resolve([])
    },
    processes: async (_, next) => {
      log.info('the config changed: every process is replaced')
      if (!(await replaceProcesses(next))) return ['the processes do not start with the config as it is now: see the log']
      log.info('the config is in force')
      return []
    },
    start: ({ keys }) => Promise.resolve(keys.map((key) => `${key} cannot change while Banyan runs (stop it and start it again)`)),
  }
  // One that is refused may be in order as soon as a file is that it alone names.
  let refused: Config | undefined
  return new ConfigWatch({
    fingerprint: () => {
      const { file, config } = current()
      return file === undefined
        ? ''
        : [config, ...(refused === undefined ? [] : [refused])].map((one) => fileFingerprint(file, one)).join('\n')
    },
    load: () => {
      const result = load()
      refused = 'loaded' in result ? undefined : result.config
      return result
    },
    apply: (loaded) => {
      const next = sameRun(current(), loaded)
      const change = changeOf(current(), next)
      // The cast holds: each member takes the change of its own name.
      return (take[change.kind] as (change: ConfigChange, next: LoadedConfig) => Promise<string[]>)(change, next)
    },
    onProblems: (problems) => {
      onProblems(problems)
      for (const problem of problems) log.error({ problem }, 'files changed and are not in force: what was goes on')
    },
  })
}
