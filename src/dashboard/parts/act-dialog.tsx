import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { knownName, rememberName } from './person.ts'

/** Who does it and why; with `dryRun` nothing is done. */
export interface Wish {
  readonly who: string
  readonly why: string
  readonly dryRun: boolean
}

/** What a person is about to do. */
export interface Act {
  readonly title: string
  /** What it means, in a sentence. */
  readonly effect: ComponentChildren
  /** On the button. */
  readonly verb: string
  /** Clients are answered by another origin at once. */
  readonly isGrave?: boolean
  /** Does it, or says what it would do: a line for each change. */
  readonly run: (wish: Wish) => Promise<readonly string[]>
}

const DRY: Wish = { who: 'dashboard', why: 'to see what would change', dryRun: true }

function errorOf(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught))
}

/**
 * Says what an action would change, by a dry run, and asks for reason and name before it is done.
 * @param onClose told what was done, or nothing where it was not
 */
export function ActDialog({ act, onClose }: { readonly act: Act; readonly onClose: (done?: readonly string[]) => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [changes, setChanges] = useState<readonly string[]>()
  const [error, setError] = useState<Error>()
  const [isBusy, setBusy] = useState(false)
  const [who, setWho] = useState(knownName)
  const [why, setWhy] = useState('')
  useEffect(() => {
    dialog.current?.showModal()
    act.run(DRY).then(setChanges, (caught: unknown) => setError(errorOf(caught)))
  }, [])
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault()
    rememberName(who)
    setBusy(true)
    try {
      onClose(await act.run({ who, why, dryRun: false }))
    } catch (caught) {
      setError(errorOf(caught))
      setBusy(false)
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="act-title" onClose={() => onClose()}>
      <form onSubmit={(event) => void onSubmit(event)}>
        <h2 id="act-title">{act.title}</h2>
        <p>{act.effect}</p>
        <Changes changes={changes} isKnown={error === undefined} />
        <label class="field">
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
        {error !== undefined && (
          <p class="bad" role="alert">
            {error.message}. {error instanceof ApiError && error.hint}
          </p>
        )}
        <div class="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={act.isGrave === true ? 'primary grave' : 'primary'} disabled={isBusy || changes?.length === 0}>
            {isBusy ? 'Working…' : act.verb}
          </button>
        </div>
      </form>
    </dialog>
  )
}

/** A line for each change; a plan of many operations may have hundreds. */
function Changes({ changes, isKnown }: { readonly changes: readonly string[] | undefined; readonly isKnown: boolean }) {
  if (changes === undefined) return isKnown ? <p class="muted">Looking what would change…</p> : undefined
  if (changes.length === 0) return <p class="nothing">There is nothing to change.</p>
  return (
    <div class="act-changes">
      <h3>{changes.length === 1 ? 'This would change' : `These ${changes.length} would change`}</h3>
      <ul tabIndex={0} aria-label="What would change">
        {changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
    </div>
  )
}
