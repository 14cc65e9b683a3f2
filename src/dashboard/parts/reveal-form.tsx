import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { GroupView } from '../../admin/group-views.ts'
import type { RevealView } from '../../admin/reveal-views.ts'
import { LONGEST_REVEAL } from '../../core/triage/revealing.ts'
import { api, ApiError } from '../api/client.ts'
import { useLive } from '../live.tsx'
import { knownName, rememberName } from './person.ts'

/** Long enough for a few examples of what is seen often. */
const MINUTES = 30

/** Reveals the values at the place of a group. Nothing where it is no field of a type. */
export function RevealGroup({ group }: { readonly group: GroupView }) {
  const [isOpen, setOpen] = useState(false)
  const [minutes, setMinutes] = useState(String(MINUTES))
  const coordinates = group.coordinate.split(' → ').filter((coordinate) => /^\w+\.\w+$/.test(coordinate))
  if (coordinates.length === 0) return null
  return (
    <div class="reveal">
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Keep values for a while
      </button>
      {isOpen && (
        <AuthorForm
          label="Keep values"
          onDone={() => setOpen(false)}
          send={(author) => api.reveals.$post({ json: { coordinates, minutes: Number(minutes), ...author } })}
        >
          <p class="wide">
            The next examples show the values of <code>{coordinates.join(', ')}</code>, and are removed a day later. This is in the audit
            log.
          </p>
          <label class="field">
            Minutes
            <input
              type="number"
              required
              min={1}
              max={LONGEST_REVEAL}
              value={minutes}
              onInput={({ currentTarget }) => setMinutes(currentTarget.value)}
            />
          </label>
        </AuthorForm>
      )}
    </div>
  )
}

/** Ends a reveal, or removes what was kept under it. */
export function EndReveal({ reveal }: { readonly reveal: RevealView }) {
  const [chosen, setChosen] = useState<'end' | 'forget'>()
  const toggle = (one: 'end' | 'forget') => (): void => setChosen(chosen === one ? undefined : one)
  return (
    <>
      <div class="actions">
        {reveal.isOpen && (
          <button type="button" aria-expanded={chosen === 'end'} onClick={toggle('end')}>
            End
          </button>
        )}
        <button type="button" aria-expanded={chosen === 'forget'} onClick={toggle('forget')}>
          Remove now
        </button>
      </div>
      {chosen !== undefined && (
        <AuthorForm
          key={chosen}
          label={chosen === 'end' ? 'End the reveal' : 'Remove what was kept'}
          onDone={() => setChosen(undefined)}
          send={(author) => api.reveals[':id'].end.$post({ param: { id: reveal.id }, json: { ...author, forget: chosen === 'forget' } })}
        />
      )}
    </>
  )
}

interface AuthorFormProps {
  readonly label: string
  readonly send: (author: { readonly who: string; readonly why: string }) => Promise<unknown>
  readonly onDone: () => void
  readonly children?: ComponentChildren
}

/** Asks who does it and why. */
function AuthorForm({ label, send, onDone, children }: AuthorFormProps) {
  const { refresh } = useLive()
  const [who, setWho] = useState(knownName)
  const [why, setWhy] = useState('')
  const [error, setError] = useState<Error>()
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    rememberName(who)
    try {
      await send({ who, why })
      onDone()
      refresh()
    } catch (caught) {
      setError(caught instanceof Error ? caught : new Error(String(caught)))
    }
  }
  return (
    <form class="stage-form" aria-label={label} onSubmit={(event) => void submit(event)}>
      {children}
      <label class="field wide">
        Reason
        <input required value={why} onInput={({ currentTarget }) => setWhy(currentTarget.value)} />
      </label>
      <label class="field">
        Your name
        <input required value={who} onInput={({ currentTarget }) => setWho(currentTarget.value)} />
      </label>
      <button type="submit" class="primary">
        {label}
      </button>
      <button type="button" onClick={onDone}>
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
