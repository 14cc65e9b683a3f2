import { useStatus } from '../status.tsx'

/** What runs, and between which backends. */
export function Footer() {
  const value = useStatus()
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
      {!value.storeUp && <strong class="bad">the store does not answer; edges keep what they count</strong>}
      <a href="/api/openapi.json">API</a>
    </footer>
  )
}
