import { useState } from 'preact/hooks'
import { useLive } from '../live.tsx'
import { useIsOperator } from '../status.tsx'
import { ActDialog, type Act } from './act-dialog.tsx'

/** A button that opens a dialog. */
export interface Offer {
  readonly text: string
  readonly act: Act
  /** `primary` is what is waited for; `grave` what is for an emergency. */
  readonly look?: 'primary' | 'grave'
}

/** What whoever looks may do here; a viewer is offered nothing. */
export function ActButtons({ label, offers }: { readonly label: string; readonly offers: readonly Offer[] }) {
  const { refresh } = useLive()
  const isOperator = useIsOperator()
  const [chosen, setChosen] = useState<Act>()
  const [done, setDone] = useState<readonly string[]>()
  if (!isOperator || offers.length === 0) return undefined
  const onClose = (changes: readonly string[] | undefined): void => {
    setChosen(undefined)
    if (changes === undefined) return
    setDone(changes)
    refresh()
  }
  return (
    <>
      <div class="act-buttons" role="group" aria-label={label}>
        {offers.map(({ text, act, look }) => (
          <button
            key={text}
            type="button"
            class={look}
            onClick={() => {
              setDone(undefined)
              setChosen(act)
            }}
          >
            {text}
          </button>
        ))}
      </div>
      <p class="done" role="status">
        {done !== undefined &&
          (done.length === 0
            ? 'There was nothing to change.'
            : `Done: ${done.slice(0, 3).join('; ')}${done.length > 3 ? ` and ${done.length - 3} more` : ''}.`)}
      </p>
      {chosen !== undefined && <ActDialog act={chosen} onClose={onClose} />}
    </>
  )
}
