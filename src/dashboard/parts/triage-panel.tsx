import { useState } from 'preact/hooks'
import type { GroupView, TriageAction } from '../../admin/group-views.ts'
import type { TriageState } from '../../core/triage/triage.ts'
import { api, ApiError } from '../api/client.ts'
import { useLive } from '../live.tsx'
import { useIsOperator } from '../status.tsx'
import { Moment } from './names.tsx'
import { knownName, rememberName } from './person.ts'

/** What a button makes of a group. */
const DECISIONS: Readonly<Record<TriageState, string>> = {
  accepted: 'Accept',
  fixed: 'Mark as fixed',
  'not-verifiable': 'Not verifiable',
  open: 'Open again',
}

/** What was decided about a group, and how to decide. */
export function TriagePanel({ group }: { readonly group: GroupView }) {
  const { refresh } = useLive()
  const isOperator = useIsOperator()
  const [chosen, setChosen] = useState<TriageState>()
  const { triage } = group
  const states = (['accepted', 'fixed', 'not-verifiable', 'open'] as const).filter((state) => state !== triage.state)
  const onDone = (isDone: boolean): void => {
    setChosen(undefined)
    if (isDone) refresh()
  }
  return (
    <section aria-labelledby="triage">
      <h2 id="triage">Decided: {triage.state}</h2>
      <Decision triage={triage} />
      <div class="actions triage-actions">
        {(isOperator ? states : []).map((state) => (
          <button
            key={state}
            type="button"
            aria-expanded={chosen === state}
            onClick={() => setChosen(chosen === state ? undefined : state)}
          >
            {DECISIONS[state]}
          </button>
        ))}
      </div>
      {chosen !== undefined && <TriageForm key={chosen} group={group} state={chosen} onDone={onDone} />}
    </section>
  )
}

function Decision({ triage }: Pick<GroupView, 'triage'>) {
  if (triage.who === undefined || triage.at === undefined) return <p class="muted">Nobody has decided about this group.</p>
  return (
    <>
      <p>
        {triage.why} <span class="muted">— {triage.who}, </span>
        <Moment at={triage.at} />
        {triage.expires !== undefined && `, until ${triage.expires}, owned by ${triage.owner ?? ''}`}
        {triage.build !== undefined && `, in build ${triage.build}`}.
      </p>
      {triage.rule !== undefined && (
        <pre class="rule" tabIndex={0} aria-label="Rule for the repository">
          <code>{triage.rule}</code>
        </pre>
      )}
    </>
  )
}

interface TriageFormProps {
  readonly group: GroupView
  readonly state: TriageState
  readonly onDone: (isDone: boolean) => void
}

function TriageForm({ group, state, onDone }: TriageFormProps) {
  const [draft, setDraft] = useState<TriageAction>({ state, why: '', who: knownName() })
  const [error, setError] = useState<Error>()
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    rememberName(draft.who)
    try {
      await api.groups[':id'].triage.$post({ param: { id: encodeURIComponent(group.id) }, json: draft })
      onDone(true)
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)))
    }
  }
  const input = (name: keyof Omit<TriageAction, 'state' | 'dryRun'>, isRequired = true) => ({
    required: isRequired,
    value: draft[name] ?? '',
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => {
      const { value } = event.currentTarget
      setDraft((before) => withMember(before, name, value))
    },
  })
  return (
    <form class="stage-form" aria-label={DECISIONS[state]} onSubmit={(event) => void submit(event)}>
      {state === 'accepted' && (
        <>
          <label class="field">
            Owner
            <input {...input('owner')} />
          </label>
          <label class="field">
            Last day
            <input type="date" {...input('expires')} />
          </label>
        </>
      )}
      {state === 'fixed' && (
        <label class="field">
          Build with the fix
          <input {...input('build', false)} />
        </label>
      )}
      <label class="field wide">
        Reason
        <input {...input('why')} />
      </label>
      <label class="field">
        Your name
        <input {...input('who')} />
      </label>
      <button type="submit" class="primary">
        {DECISIONS[state]}
      </button>
      <button type="button" onClick={() => onDone(false)}>
        Cancel
      </button>
      {error !== undefined && (
        <p class="bad" role="alert">
          {error.message}. {error instanceof ApiError && error.hint}
        </p>
      )}
    </form>
  )
}

/** A field that was emptied is absent. */
function withMember(draft: TriageAction, name: keyof TriageAction, value: string): TriageAction {
  const { [name]: _before, ...others } = draft
  // The cast holds: the member that was taken out is put back, unless it is optional and empty.
  return (value === '' && name !== 'why' && name !== 'who' ? others : { ...others, [name]: value }) as TriageAction
}
