import { count } from '../figures.ts'
import { useStatus } from '../status.tsx'

/** What stands above every page while it holds: rules that are not those of their files, values that are kept. */
export function Alerts() {
  const value = useStatus()
  if (value === undefined) return null
  const { rules, reveals } = value
  const [first] = reveals
  return (
    <>
      {rules.stale !== undefined && (
        <p class="alert bad" role="alert">
          The files of rules are wrong since {timeOf(rules.stale.since)}, and the old rules hold on:{' '}
          <code>{rules.stale.problems[0] ?? ''}</code>
          {rules.stale.problems.length > 1 && ` and ${count(rules.stale.problems.length - 1)} more`}. <a href="/rules">Rules</a>
        </p>
      )}
      {first !== undefined && (
        <p class="alert warn" role="status">
          Values of <code>{first.coordinates.join(', ')}</code> are kept until {timeOf(first.until)}: {first.why} ({first.who})
          {reveals.length > 1 && `, and those of ${count(reveals.length - 1)} more`}. <a href="/values">Values</a>
        </p>
      )}
    </>
  )
}

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}
