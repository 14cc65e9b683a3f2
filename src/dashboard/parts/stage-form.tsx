import { useState } from 'preact/hooks'
import type { OverviewRow, StageRequest } from '../../admin/control-plane.ts'
import { STAGES, type Stage } from '../../core/routing/stage.ts'
import { useLive } from '../live.tsx'
import { ConfirmStage } from './confirm-stage.tsx'
import { candidateShare } from './standing.tsx'

const EVERYWHERE = ''
const NAME = 'banyan-name'
/** Percent that is proposed for the first subjects that move: few enough to be a test. */
const FIRST_STEP = 5

export interface StageFormProps {
  readonly operation: string
  readonly rows: readonly OverviewRow[]
  /** Why nothing can be changed here; absent where it can. */
  readonly readOnly?: string
}

/** Where the subjects stay that a change leaves behind: where they are now. */
function restOf(row: OverviewRow | undefined, stage: Stage): Stage {
  const stayed = row === undefined ? 'shadow' : row.percent < 100 ? row.rest : row.stage
  return stayed === stage ? 'shadow' : stayed
}

/** Moves an operation to another stage: everywhere or in one region, for all subjects or a part of them. */
export function StageForm({ operation, rows, readOnly }: StageFormProps) {
  const { refresh } = useLive()
  const [region, setRegion] = useState(rows[0]?.region ?? EVERYWHERE)
  const current = rows.find((row) => row.region === region)
  const [stage, setStage] = useState<Stage>(current?.stage ?? 'shadow')
  const [percent, setPercent] = useState(String(current?.percent ?? 100))
  const [rest, setRest] = useState<Stage>()
  const [who, setWho] = useState(localStorage.getItem(NAME) ?? '')
  const [why, setWhy] = useState('')
  const [asked, setAsked] = useState<StageRequest>()
  const [done, setDone] = useState<string>()
  if (readOnly !== undefined) return <p class="nothing">{readOnly}</p>
  const isPart = Number(percent) < 100
  const others = rest ?? restOf(current, stage)
  const chooseRegion = (name: string): void => {
    const row = rows.find((known) => known.region === name)
    setRegion(name)
    setStage(row?.stage ?? 'shadow')
    setPercent(String(row?.percent ?? 100))
    setRest(undefined)
  }
  const chooseStage = (chosen: Stage): void => {
    const isFirstStep = chosen === 'live' && (current === undefined || candidateShare(current) === 0)
    setStage(chosen)
    setPercent(String(chosen === current?.stage ? current.percent : isFirstStep ? FIRST_STEP : 100))
    setRest(undefined)
  }
  const ask = (): void => {
    localStorage.setItem(NAME, who)
    setDone(undefined)
    setAsked({
      operation,
      stage,
      percent: Number(percent),
      who,
      why,
      ...(region === EVERYWHERE ? {} : { region }),
      ...(isPart ? { rest: others } : {}),
    })
  }
  return (
    <>
      <form
        class="stage-form"
        aria-label="Move this operation"
        onSubmit={(event) => {
          event.preventDefault()
          ask()
        }}
      >
        <label class="field">
          Region
          <select value={region} onChange={(event) => chooseRegion(event.currentTarget.value)}>
            {rows.map((row) => (
              <option key={row.region} value={row.region}>
                {row.region}
              </option>
            ))}
            <option value={EVERYWHERE}>every other region</option>
          </select>
        </label>
        <StageField label="Stage" value={stage} onChange={chooseStage} />
        <label class="field">
          Percent of subjects
          <input
            type="number"
            min="0"
            max="100"
            step="any"
            required
            value={percent}
            onInput={(event) => setPercent(event.currentTarget.value)}
          />
        </label>
        {isPart && <StageField label="The others stay at" value={others} onChange={setRest} />}
        <label class="field wide">
          Reason
          <input
            required
            maxLength={1_000}
            placeholder="for the audit log"
            value={why}
            onInput={(event) => setWhy(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          Your name
          <input required maxLength={200} autocomplete="name" value={who} onInput={(event) => setWho(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary">
          Review the change
        </button>
      </form>
      <p class="done" role="status">
        {done}
      </p>
      {asked !== undefined && (
        <ConfirmStage
          request={asked}
          current={current}
          onClose={(said) => {
            setAsked(undefined)
            if (said === undefined) return
            setDone(said)
            setWhy('')
            refresh()
          }}
        />
      )}
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
