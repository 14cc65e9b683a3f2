import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { follow, type LineState } from './api/follow.ts'
import { repeating, type Repeating } from './api/repeat.ts'
import { rememberToken } from './api/token.ts'

/** Spans of time that figures can be summed over. */
export const SPANS = [
  { minutes: 15, text: '15 minutes' },
  { minutes: 60, text: '1 hour' },
  { minutes: 1_440, text: '24 hours' },
  { minutes: 10_080, text: '7 days' },
] as const

interface Live {
  readonly line: LineState
  /** Rises with every change; what depends on it loads again. */
  readonly version: number
  /** Span of time of all figures. */
  readonly minutes: number
  readonly setMinutes: (minutes: number) => void
  /** Loads everything again, for what this page itself changed. */
  readonly refresh: () => void
  /** Tries again with a token. */
  readonly unlock: (token: string) => void
}

const nothing = (): void => {}
const LiveContext = createContext<Live>({
  line: 'opening',
  version: 0,
  minutes: 60,
  setMinutes: nothing,
  refresh: nothing,
  unlock: nothing,
})

/** Tells everything below it when there is something new. A page that nobody looks at stays quiet until somebody does. */
export function LiveProvider({ children }: { readonly children: ComponentChildren }) {
  const [line, setLine] = useState<LineState>('opening')
  const [version, setVersion] = useState(0)
  const [minutes, setMinutes] = useState(60)
  const [attempt, setAttempt] = useState(0)
  const refresh = (): void => setVersion((before) => before + 1)
  useEffect(() => follow({ onChange: () => document.hidden || refresh(), onState: setLine }), [attempt])
  useEffect(() => {
    const onVisible = (): void => void (document.hidden || refresh())
    document.addEventListener('visibilitychange', onVisible)
    return () => document.removeEventListener('visibilitychange', onVisible)
  }, [])
  const unlock = (token: string): void => {
    rememberToken(token)
    setLine('opening')
    setAttempt((before) => before + 1)
  }
  const live = useMemo<Live>(() => ({ line, version, minutes, setMinutes, refresh, unlock }), [line, version, minutes])
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

export function useLive(): Live {
  return useContext(LiveContext)
}

export interface Loaded<T> {
  readonly value?: T
  /** When `value` was asked for, in milliseconds since the epoch. */
  readonly at?: number
  /** Why it is not newer. */
  readonly error?: Error
}

/**
 * What `load` gives, asked again at every change and for every span of time. The last value stays while the next one is on its way, and when it does not
 * come; another `key` starts from nothing.
 */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const { version, minutes } = useLive()
  const [state, setState] = useState<{ readonly key: string; readonly loaded: Loaded<T> }>({ key, loaded: {} })
  const latest = useRef(load)
  latest.current = load
  const work = useRef<Repeating | undefined>(undefined)
  useEffect(() => {
    let isCurrent = true
    const take = (next: (before: Loaded<T>) => Loaded<T>): void => {
      if (isCurrent) setState((before) => ({ key, loaded: next(before.key === key ? before.loaded : {}) }))
    }
    work.current = repeating(async () => {
      const at = Date.now()
      await latest.current().then(
        (value) => take(() => ({ value, at })),
        (error: unknown) => take((before) => ({ ...before, error: error instanceof Error ? error : new Error(String(error)) })),
      )
    })
    return () => {
      isCurrent = false
      work.current?.stop()
    }
  }, [key])
  useEffect(() => work.current?.again(), [key, version, minutes])
  return state.key === key ? state.loaded : {}
}
