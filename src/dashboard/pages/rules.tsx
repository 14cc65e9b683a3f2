import type { RuleStanding, RuleView } from '../../admin/rule-views.ts'
import { api } from '../api/client.ts'
import { count } from '../figures.ts'
import { useLoaded } from '../live.tsx'
import { Moment } from '../parts/names.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { useTitle } from '../parts/title.ts'

/** Minutes in which a rule should have found something. */
const WEEK = '10080'

export function RulesPage() {
  useTitle('Rules')
  const loaded = useLoaded('rules', async () => {
    const [rules, status] = await Promise.all([api.rules.$get({ query: { minutes: WEEK } }), api.status.$get()])
    return { rules: await rules.json(), standing: (await status.json()).rules }
  })
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  const { rules, standing } = loaded.value
  return (
    <>
      <Stale loaded={loaded} />
      <h1>Rules</h1>
      <p class="muted">
        {count(standing.inForce)} in force, version <code>{standing.version}</code>. What they suppressed is counted over seven days.
      </p>
      <Problems standing={standing} />
      {rules.length === 0 ? <p class="nothing">No rules: every difference counts.</p> : <RuleTable rules={rules} />}
    </>
  )
}

function Problems({ standing: { stale } }: { readonly standing: RuleStanding }) {
  if (stale === undefined) return null
  return (
    <section aria-labelledby="problems">
      <h2 id="problems">What is wrong with the files</h2>
      <p>
        The rules below are those from before. They hold on until the files are mended; first seen <Moment at={stale.since} />.
      </p>
      <ul class="problems">
        {stale.problems.map((problem) => (
          <li key={problem}>
            <code>{problem}</code>
          </li>
        ))}
      </ul>
    </section>
  )
}

function RuleTable({ rules }: { readonly rules: readonly RuleView[] }) {
  return (
    <Scroll label="Rules">
      <table class="rules stacked">
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Where</th>
            <th scope="col">What</th>
            <th scope="col" class="number">
              Suppressed
            </th>
            <th scope="col">Last day</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <Row key={rule.id} rule={rule} />
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Row({ rule }: { readonly rule: RuleView }) {
  const { id, at, when, side, do: action, suppressed, lastSuppressed, idle, expires, expired, why, owner } = rule
  const limits = [...Object.values(when ?? {}).flat(), ...(side === undefined ? [] : [`${side} only`])]
  return (
    <tr class={expired ? 'over' : ''}>
      <th scope="row">
        <code>{id}</code>
        {expired && <span class="sub warn">expired: it does not apply</span>}
        {idle && <span class="sub warn">suppressed nothing: is it still needed?</span>}
      </th>
      <td>
        <code>{at.join(', ')}</code>
        {limits.length > 0 && <span class="sub">{limits.join(', ')}</span>}
      </td>
      <td>
        <code>{JSON.stringify(action)}</code>
      </td>
      <td class="number">
        <span class="figure">{count(suppressed)}</span>
        {lastSuppressed !== undefined && (
          <span class="sub">
            <Moment at={lastSuppressed} />
          </span>
        )}
      </td>
      <td class="last-day">{expires ?? <span class="muted">none</span>}</td>
      <td class="why">
        {why}
        {owner !== undefined && <span class="sub">{owner}</span>}
      </td>
    </tr>
  )
}
