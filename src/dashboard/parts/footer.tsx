import { api } from '../api/client.ts'
import { useLive, useLoaded } from '../live.tsx'

/** What runs, and between which backends. */
export function Footer() {
  const { line } = useLive()
  return line === 'locked' ? <footer /> : <Running />
}

function Running() {
  const { value } = useLoaded('status', async () => (await api.status.$get()).json())
  if (value === undefined) return <footer />
  const restarts = value.processes.reduce((sum, one) => sum + one.restarts + one.shadowRestarts, 0)
  return (
    <footer>
      <span>
        Banyan {value.version} · {value.environment}
      </span>
      <span>
        <span class="origin legacy">legacy</span> <code>{value.legacy}</code>
      </span>
      <span>
        <span class="origin candidate">candidate</span> <code>{value.candidate}</code>
      </span>
      <span>
        {value.store} store, flags by {value.provider === 'store' ? 'the store' : 'LaunchDarkly'}
      </span>
      <span title={value.processes.map(({ name, pid }) => `${name} ${pid}`).join(', ')}>
        {value.processes.length} processes, {restarts} {restarts === 1 ? 'restart' : 'restarts'}
      </span>
      {!value.ready && <strong class="bad">not ready: {value.notReady ?? 'no edge is there yet'}</strong>}
      {value.emergency && <strong class="bad">everything goes to legacy, whatever the flags say</strong>}
      {!value.storeUp && <strong class="bad">the store does not answer; edges keep what they count</strong>}
      <a href="/api/openapi.json">API</a>
    </footer>
  )
}
