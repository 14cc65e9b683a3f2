import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import { ApiError, listen, rememberToken } from './client.ts'

interface Live {
  /** Rises with every change. */
  readonly version: number
  readonly connected: boolean
}

const LiveContext = createContext<Live>({ version: 0, connected: false })

/** Tells everything below it when the server has something new. */
export function LiveProvider({ children }: { readonly children: ComponentChildren }) {
  const [live, setLive] = useState<Live>({ version: 0, connected: true })
  useEffect(
    () =>
      listen(
        () => setLive(({ version, connected }) => ({ version: version + 1, connected })),
        (connected) => setLive(({ version }) => ({ version, connected })),
      ),
    [],
  )
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

export function useLive(): Live {
  return useContext(LiveContext)
}

/** What `load` gives, asked again at every change and whenever `key` changes. The last value stays while the next one is on its way. */
export function useLoaded<T>(key: string, load: () => Promise<T>): { readonly value?: T; readonly error?: Error } {
  const { version } = useLive()
  const [state, setState] = useState<{ readonly key: string; readonly value?: T; readonly error?: Error }>({ key })
  useEffect(() => {
    let current = true
    load().then(
      (value) => current && setState({ key, value }),
      (error: unknown) => current && setState((before) => ({ ...before, key, error: error instanceof Error ? error : new Error(String(error)) })),
    )
    return () => {
      current = false
    }
  }, [key, version])
  return state.key === key ? state : {}
}

/** What is wrong, and the way to mend it where the page knows one. */
export function Trouble({ error }: { readonly error: Error }) {
  const wantsToken = error instanceof ApiError && error.status === 401
  return (
    <div class="trouble" role="alert">
      <p>{error.message}</p>
      {wantsToken && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            const token = new FormData(event.currentTarget).get('token')
            rememberToken(typeof token === 'string' ? token : '')
            location.reload()
          }}
        >
          <label>
            Token of the admin API <input name="token" type="password" required />
          </label>
          <button type="submit">Open</button>
        </form>
      )}
    </div>
  )
}
