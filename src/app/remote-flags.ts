import type { LoadedConfig } from '../config/loaded.ts'
import { EMERGENCY_FLAG, emergencyChange } from '../core/routing/emergency.ts'
import type { Flag } from '../core/routing/flag.ts'
import { remoteChange, type RemoteChange, type Want } from '../core/routing/remote-change.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import { LaunchDarklyApi } from '../flags/launchdarkly-api.ts'
import { openLaunchDarkly, type LaunchDarklyFeed } from '../flags/launchdarkly-feed.ts'
import { RemoteTrouble, type TroubleKind } from '../flags/remote-trouble.ts'
import type { FlagSource } from './flag-desk.ts'

/** Longer than LaunchDarkly takes, shorter than a look at the rollouts may. */
const CALL_TIMEOUT_MS = 4_000
/** What a call gave back is newer than the stream for moments only. */
const AHEAD_MS = 30_000

/** What became of a want. */
export type Brought =
  | { readonly kind: 'done' }
  /** Somebody changed the flags; nothing was written over that. */
  | { readonly kind: 'changed'; readonly reason: string }
  /** Only looked, and it is not so. */
  | { readonly kind: 'not-so' }
  | Waits

export type Trouble = TroubleKind | 'obstacle' | 'no-token'

export interface Waits {
  readonly kind: 'waits'
  /** What stands in the way, to tell one hindrance from the next. */
  readonly trouble: Trouble
  /** A person has to do something in LaunchDarkly; otherwise it passes by itself. */
  readonly asks: boolean
  readonly reason: string
  /** When it may be tried again, where LaunchDarkly said so. */
  readonly retryAfterMs?: number
}

/** Whether a person is needed, and what is said besides LaunchDarkly's own words. */
const TROUBLE: Readonly<Record<TroubleKind, { readonly asks: boolean; readonly told: string }>> = {
  approval: { asks: true, told: 'LaunchDarkly wants an approval for it: make this change there' },
  conflict: { asks: false, told: 'somebody else changes the flag' },
  'rate-limited': { asks: false, told: 'LaunchDarkly was asked too often' },
  down: { asks: false, told: 'LaunchDarkly does not answer' },
  denied: { asks: true, told: 'the access token may not change flags' },
  absent: { asks: true, told: 'there is no such project or environment in LaunchDarkly' },
  refused: { asks: true, told: 'LaunchDarkly refuses the change' },
}

const NO_TOKEN: Waits = {
  kind: 'waits',
  trouble: 'no-token',
  asks: true,
  reason: 'there is no access token of LaunchDarkly (flags.apiTokenEnv)',
}

/** Flags that LaunchDarkly keeps: read from its stream, and moved by its REST API where there is a token for it. */
export class RemoteFlags implements FlagSource {
  readonly #feed: LaunchDarklyFeed
  readonly #api: LaunchDarklyApi | undefined
  readonly #now: () => number
  /** What calls gave back, until the stream brings it. */
  readonly #ahead = new Map<string, { readonly flag: Flag; readonly until: number }>()
  readonly #listeners = new Set<() => void>()

  constructor(feed: LaunchDarklyFeed, api: LaunchDarklyApi | undefined, now: () => number) {
    this.#feed = feed
    this.#api = api
    this.#now = now
    feed.onChange(() => this.#changed())
  }

  /** `undefined` where flags do not come from LaunchDarkly. */
  static open({ config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>): RemoteFlags | undefined {
    const { flags, environment } = config
    if (flags.provider !== 'launchdarkly') return undefined
    const { streamUri, events, apiUri: uri, project } = flags
    const feed = openLaunchDarkly({
      sdkKey: secrets.launchDarklySdkKey ?? '',
      events,
      now: () => performance.now(),
      ...(streamUri === undefined ? {} : { streamUri }),
    })
    const token = secrets.launchDarklyApiToken
    const settings = { uri, project, environment: flags.environment ?? environment, timeoutMs: CALL_TIMEOUT_MS, now: Date.now }
    return new RemoteFlags(feed, token === undefined ? undefined : new LaunchDarklyApi({ ...settings, token }), Date.now)
  }

  /** Whether flags can be moved from here. */
  get moves(): boolean {
    return this.#api !== undefined
  }

  /** Seconds. */
  get staleness(): number {
    return this.#feed.staleness()
  }

  readonly read = (): Promise<FlagSet | undefined> => Promise.resolve(this.#feed.ready() ? this.#content() : undefined)

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    return this.#feed.close()
  }

  /**
   * Makes flags say what is wanted, all of them or as many as LaunchDarkly takes. What is so already is not done again, so it may be asked for as often as one likes.
   * @param mode `look` changes nothing
   */
  async bring(wants: readonly Want[], mode: 'forward' | 'back' | 'look', comment: string): Promise<Brought> {
    const api = this.#api
    if (api === undefined) return NO_TOKEN
    try {
      const changes = await Promise.all(wants.map(async (want) => ({ want, change: await this.#changeFor(api, want, mode) })))
      const blocked = changes.map(({ change }) => change).find(({ kind }) => kind === 'changed' || kind === 'obstacle')
      if (blocked?.kind === 'changed') return blocked
      if (mode === 'look') return changes.every(({ change }) => change.kind === 'done') ? { kind: 'done' } : { kind: 'not-so' }
      if (blocked?.kind === 'obstacle') return { kind: 'waits', trouble: 'obstacle', asks: true, reason: blocked.reason }
      for (const { want, change } of changes) {
        const hindered = await this.#make(api, want, change, mode, comment)
        if (hindered !== undefined) return hindered
      }
      return { kind: 'done' }
    } catch (error) {
      if (error instanceof RemoteTrouble)
        return waitsFor(
          error,
          wants.map(({ flag }) => flag),
          api,
        )
      throw error
    }
  }

  /** Sends everything to legacy for all who listen to LaunchDarkly, or ends that. */
  async sendToLegacy(on: boolean, comment: string): Promise<Exclude<Brought, { kind: 'changed' | 'not-so' }>> {
    const api = this.#api
    if (api === undefined) return NO_TOKEN
    try {
      let change = emergencyChange(await api.read(EMERGENCY_FLAG), on)
      if (change.kind === 'create') {
        await api.createEmergency()
        change = emergencyChange(await api.read(EMERGENCY_FLAG), on)
      }
      if (change.kind === 'patch') {
        const patched = await api.patch(EMERGENCY_FLAG, change.instructions, comment)
        this.#learn(patched.flag)
        change = emergencyChange(patched, on)
      }
      if (change.kind === 'done') return change
      return {
        kind: 'waits',
        trouble: 'obstacle',
        asks: true,
        reason: change.kind === 'obstacle' ? change.reason : `the flag ${EMERGENCY_FLAG} does not say what it was told to`,
      }
    } catch (error) {
      if (error instanceof RemoteTrouble) return waitsFor(error, [EMERGENCY_FLAG], api)
      throw error
    }
  }

  /** `undefined`: it is so. */
  async #make(
    api: LaunchDarklyApi,
    want: Want,
    known: RemoteChange,
    mode: 'forward' | 'back',
    comment: string,
  ): Promise<Brought | undefined> {
    let change = known
    if (change.kind === 'create') {
      await api.create(want.flag, want.base)
      change = await this.#changeFor(api, want, mode)
    }
    if (change.kind === 'patch') {
      const patched = await api.patch(want.flag, change.instructions, comment)
      this.#learn(patched.flag)
      change = remoteChange(patched, want, mode === 'forward')
      // One that is switched off says nothing of its rules.
      if (!patched.flag.on && mode === 'back') return undefined
    }
    if (change.kind === 'done') return undefined
    return change.kind === 'changed'
      ? change
      : { kind: 'waits', trouble: 'obstacle', asks: true, reason: `the flag ${want.flag} does not say what it was told to` }
  }

  async #changeFor(api: LaunchDarklyApi, want: Want, mode: 'forward' | 'back' | 'look'): Promise<RemoteChange> {
    const remote = await api.read(want.flag)
    if (remote !== undefined) this.#learn(remote.flag)
    return remoteChange(remote, want, mode === 'forward')
  }

  #learn(flag: Flag): void {
    if ((this.#feed.version(flag.key) ?? 0) >= flag.version) return
    this.#ahead.set(flag.key, { flag, until: this.#now() + AHEAD_MS })
    this.#changed()
  }

  #content(): FlagSet {
    const { flags, segments } = this.#feed.content()
    for (const [key, { flag, until }] of this.#ahead) {
      if (until <= this.#now() || (this.#feed.version(key) ?? 0) >= flag.version) this.#ahead.delete(key)
    }
    const ahead = [...this.#ahead.values()].map(({ flag }) => flag)
    const known = [...flags.filter(({ key }) => !this.#ahead.has(key)), ...ahead]
    return { flags: known.toSorted((a, b) => (a.key < b.key ? -1 : 1)), segments }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function waitsFor({ kind, message, retryAfterMs }: RemoteTrouble, flags: readonly string[], api: LaunchDarklyApi): Waits {
  const { asks, told } = TROUBLE[kind]
  const pages = kind === 'approval' ? `: ${flags.map((flag) => api.page(flag)).join(', ')}` : ''
  return {
    kind: 'waits',
    trouble: kind,
    asks,
    reason: `${told}${pages} (${message})`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}
