import { useEffect, useRef, useState } from 'preact/hooks'
import type { OverviewRow, StageRequest } from '../../admin/control-plane.ts'
import { api, ApiError } from '../api/client.ts'
import { Change, OperationName } from './names.tsx'
import { candidateShare, standingText, type StandingFacts } from '../standing.ts'
import { Verdict } from './verdict.tsx'

function inWords(facts: StandingFacts): string {
  const { main, others } = standingText(facts)
  return others === undefined ? main : `${main}, ${others}`
}

/**
 * Says what a change would do and asks once more.
 * @param onClose told what was done, or nothing where it was not
 */
export function ConfirmStage({
  request,
  current,
  onClose,
}: {
  readonly request: StageRequest
  readonly current: OverviewRow | undefined
  readonly onClose: (said?: string) => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [error, setError] = useState<Error>()
  const [isBusy, setBusy] = useState(false)
  const [warnings, setWarnings] = useState<readonly string[]>([])
  useEffect(() => dialog.current?.showModal(), [])
  useEffect(() => {
    const asking = api.flags.stage.$post({ json: { ...request, dryRun: true } }).then((answer) => answer.json())
    // What refuses the dry run refuses the change, and is told then.
    asking.then(({ warnings: told = [] }) => setWarnings(told)).catch(() => undefined)
  }, [request])
  const next: StandingFacts = { stage: request.stage, percent: request.percent, rest: request.rest ?? request.stage }
  const confirm = async (): Promise<void> => {
    setBusy(true)
    try {
      const { from, to, region } = await (await api.flags.stage.$post({ json: request })).json()
      onClose(`${region === '*' ? 'Every other region' : region}: ${from} → ${to}. The edges follow within moments.`)
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)))
      setBusy(false)
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={() => onClose()}>
      <h2 id="confirm-title">Move this operation?</h2>
      <p>
        <OperationName operation={request.operation} link={false} /> in <strong>{request.region ?? 'every other region'}</strong>
      </p>
      <p class="confirm-change">
        {current === undefined ? <code>{inWords(next)}</code> : <Change from={inWords(current)} to={inWords(next)} />}
      </p>
      <p>{effectOf(candidateShare(next))}</p>
      {current !== undefined && isUnproven(current, next) && <Unproven verdict={current.verdict} />}
      {warnings.map((warning) => (
        <p class="warning" key={warning}>
          Beware: {warning}.
        </p>
      ))}
      {error !== undefined && <Refused error={error} />}
      <div class="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={isBusy} onClick={() => void confirm()}>
          {isBusy ? 'Moving…' : `Move to ${inWords(next)}`}
        </button>
      </div>
    </dialog>
  )
}

function Unproven({ verdict }: Pick<OverviewRow, 'verdict'>) {
  return (
    <p class="warning">
      <Verdict verdict={verdict} /> {verdict.reason}.
    </p>
  )
}

/** The words of the API, and the fix that it knows. */
function Refused({ error }: { readonly error: Error }) {
  return (
    <p class="bad" role="alert">
      {error.message}. {error instanceof ApiError && error.hint}
    </p>
  )
}

function effectOf(moved: number): string {
  if (moved === 0) return 'Legacy will answer every client.'
  return moved === 1
    ? 'The candidate will answer every client.'
    : `The candidate will answer ${Number((moved * 100).toFixed(2))} % of subjects, legacy the others.`
}

/** More goes to the candidate than the gate would let pass. */
function isUnproven(current: OverviewRow, next: StandingFacts): boolean {
  return current.verdict.verdict !== 'pass' && candidateShare(next) > candidateShare(current)
}
