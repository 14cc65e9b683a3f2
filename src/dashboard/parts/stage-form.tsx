import { useState } from 'preact/hooks'
import type { OverviewRow, StageRequest } from '../../admin/control-plane.ts'
import { STAGES, type Stage } from '../../core/routing/stage.ts'
import { useLive } from '../live.tsx'
import { ConfirmStage } from './confirm-stage.tsx'
import { knownName, rememberName } from './person.ts'
import { draftOfRegion, draftOfStage, EVERYWHERE, isPartial, requestOf, type StageDraft } from './stage-draft.ts'

export interface StageFormProps {
  readonly operation: string
  readonly rows: readonly OverviewRow[]
}

/** Moves an operation to another stage: everywhere or in one region, for all subjects or a part of them. */
export function StageForm({ operation, rows }: StageFormProps) {
  const { refresh } = useLive()
  const [draft, setDraft] = useState<StageDraft>(() => ({
    ...draftOfRegion(rows[0]?.region ?? EVERYWHERE, rows[0]),
    who: knownName(),
    why: '',
  }))
  const [asked, setAsked] = useState<StageRequest>()
  const [done, setDone] = useState<string>()
  const current = rows.find(({ region }) => region === draft.region)
  const onSubmit = (event: Event): void => {
    event.preventDefault()
    rememberName(draft.who)
    setDone(undefined)
    setAsked(requestOf(operation, draft))
  }
  const onClose = (said: string | undefined): void => {
    setAsked(undefined)
    if (said === undefined) return
    setDone(said)
    setDraft((before) => ({ ...before, why: '' }))
    refresh()
  }
  return (
    <>
      <form class="stage-form" aria-label="Move this operation" onSubmit={onSubmit}>
        <Target rows={rows} current={current} draft={draft} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} />
        <Account draft={draft} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} />
        <button type="submit" class="primary">
          Review the change
        </button>
      </form>
      <p class="done" role="status">
        {done}
      </p>
      {asked !== undefined && <ConfirmStage request={asked} current={current} onClose={onClose} />}
    </>
  )
}

interface DraftFields {
  readonly draft: StageDraft
  readonly onChange: (change: Partial<StageDraft>) => void
}

/** Where to, and for whom. */
function Target({
  rows,
  current,
  draft,
  onChange,
}: DraftFields & { readonly rows: readonly OverviewRow[]; readonly current: OverviewRow | undefined }) {
  const chooseRegion = (name: string): void =>
    onChange(
      draftOfRegion(
        name,
        rows.find(({ region }) => region === name),
      ),
    )
  return (
    <>
      <label class="field">
        Region
        <select value={draft.region} onChange={(event) => chooseRegion(event.currentTarget.value)}>
          {rows.map(({ region }) => (
            <option key={region} value={region}>
              {region}
            </option>
          ))}
          <option value={EVERYWHERE}>every other region</option>
        </select>
      </label>
      <StageField label="Stage" value={draft.stage} onChange={(stage) => onChange(draftOfStage(stage, current))} />
      <label class="field">
        Percent of subjects
        <input
          type="number"
          min="0"
          max="100"
          step="any"
          required
          value={draft.percent}
          onInput={(event) => onChange({ percent: event.currentTarget.value })}
        />
      </label>
      {isPartial(draft) && <StageField label="The others stay at" value={draft.rest} onChange={(rest) => onChange({ rest })} />}
    </>
  )
}

/** Who, and why: for the audit log. */
function Account({ draft, onChange }: DraftFields) {
  return (
    <>
      <label class="field wide">
        Reason
        <input
          required
          maxLength={1_000}
          placeholder="for the audit log"
          value={draft.why}
          onInput={(event) => onChange({ why: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        Your name
        <input
          required
          maxLength={200}
          autocomplete="name"
          value={draft.who}
          onInput={(event) => onChange({ who: event.currentTarget.value })}
        />
      </label>
    </>
  )
}

function StageField({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: Stage
  readonly onChange: (stage: Stage) => void
}) {
  return (
    <label class="field">
      {label}
      <select value={value} onChange={(event) => onChange(STAGES.find((stage) => stage === event.currentTarget.value) ?? value)}>
        {STAGES.map((stage) => (
          <option key={stage} value={stage}>
            {stage}
          </option>
        ))}
      </select>
    </label>
  )
}
