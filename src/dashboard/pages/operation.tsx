import { useState } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { OperationView, OverviewRow } from '../../admin/control-plane.ts'
import { STAGES, type Stage } from '../../core/routing/stage.ts'
import { api } from '../client.ts'
import { count, OperationName, When } from '../figures.tsx'
import { GroupList, worstFirst } from '../group-list.tsx'
import { Trouble, useLoaded } from '../live.tsx'
import { ExamplePair } from '../example.tsx'
import { OperationRow } from './operations.tsx'

const NUMBERS = new Set(['Req/s', 'Requests', 'Coverage', 'Parity', 'Errors', 'Legacy ms', 'Candidate ms'])

export function OperationPage() {
  const { params } = useRoute()
  const key = decodeURIComponent(params['key'] ?? '')
  const { value, error } = useLoaded(key, async () => {
    const response = await api.operations[':key'].$get({ param: { key: encodeURIComponent(key) }, query: { minutes: '60' } })
    // The cast says what the client's types lose on the way through JSON: absent members are absent.
    return (await response.json()) as unknown as OperationView
  })
  if (value === undefined) return error === undefined ? <p role="status">Loading…</p> : <Trouble error={error} />
  const [worst] = worstFirst(value.groups)
  const example = worst?.examples[0]
  return (
    <>
      <h1>
        <OperationName operation={key} />
      </h1>
      <p class="faint">
        first seen <When at={value.operation.firstSeen} />, last seen <When at={value.operation.lastSeen} />
      </p>
      <div class="scroll" role="region" aria-label="Regions" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {['Operation', 'Region', 'Stage', 'Req/s', 'Requests', 'Coverage', 'Parity', 'Errors', 'Legacy ms', 'Candidate ms', 'Gate'].map((name) => (
                <th key={name} scope="col" class={NUMBERS.has(name) ? 'number' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.rows.map((row) => (
              <OperationRow key={row.region} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      <Reasons rows={value.rows} />
      <StageForm operation={key} rows={value.rows} />
      <h2>Groups of differences</h2>
      <GroupList groups={value.groups} />
      {example !== undefined && worst !== undefined && (
        <>
          <h2>
            Example: {worst.class} at {worst.coordinate}
          </h2>
          <ExamplePair example={example} />
        </>
      )}
      <h2>Document</h2>
      <pre tabIndex={0}>{value.operation.document}</pre>
    </>
  )
}

/** What the gate says, and how requests ended that were not compared. */
function Reasons({ rows }: { readonly rows: readonly OverviewRow[] }) {
  return (
    <ul class="reasons">
      {rows.map(({ region, verdict, summary }) => (
        <li key={region}>
          <b>{region}</b>: {verdict.reason}.{' '}
          {Object.entries(summary.outcomes)
            .map(([outcome, times]) => `${outcome} ${count(times)}`)
            .join(', ')}
        </li>
      ))}
    </ul>
  )
}

function StageForm({ operation, rows }: { readonly operation: string; readonly rows: readonly OverviewRow[] }) {
  const [said, setSaid] = useState<{ readonly text: string; readonly failed: boolean }>()
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const field = (name: string): string => {
      const value = new FormData(form).get(name)
      return typeof value === 'string' ? value : ''
    }
    const region = field('region')
    try {
      const json = { operation, stage: field('stage') as Stage, percent: Number(field('percent')), who: field('who'), why: field('why'), ...(region === '' ? {} : { region }) }
      const entry = await (await api.flags.stage.$post({ json })).json()
      setSaid({ text: `${entry.region === '*' ? 'everywhere' : entry.region}: ${entry.from} → ${entry.to}`, failed: false })
    } catch (error) {
      setSaid({ text: error instanceof Error ? error.message : String(error), failed: true })
    }
  }
  return (
    <form
      class="stage-form"
      aria-label="Change the stage"
      onSubmit={(event) => {
        event.preventDefault()
        void submit(event.currentTarget)
      }}
    >
      <label>
        Region{' '}
        <select name="region">
          <option value="">every region</option>
          {rows.map(({ region }) => (
            <option key={region}>{region}</option>
          ))}
        </select>
      </label>
      <label>
        Stage{' '}
        <select name="stage">
          {STAGES.map((stage) => (
            <option key={stage} selected={stage === rows[0]?.stage}>
              {stage}
            </option>
          ))}
        </select>
      </label>
      <label>
        Percent <input name="percent" type="number" min="0" max="100" step="any" value="100" required />
      </label>
      <label>
        Your name <input name="who" required />
      </label>
      <label class="wide">
        Reason <input name="why" required />
      </label>
      <button type="submit">Set stage</button>
      {said !== undefined && <output class={said.failed ? 'failed' : 'done'}>{said.text}</output>}
    </form>
  )
}
