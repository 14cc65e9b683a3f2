import { useEffect, useRef, useState } from 'preact/hooks'
import type { Segment } from '../../core/routing/segment.ts'
import { api } from '../api/client.ts'
import { ActButtons } from './act-buttons.tsx'
import type { Act } from './act-dialog.tsx'
import { changesOf, draftOf, segmentOf, type KindDraft, type SegmentDraft } from './segment-draft.ts'

/**
 * Edits a segment, or makes one. What is saved is tried first, and refused where somebody changed the segment since the form was opened.
 * @param segment as it is now; absent: a new one
 * @param onClose told what was done, or nothing where it was not
 */
export function SegmentForm({ segment, onClose }: { readonly segment: Segment | undefined; readonly onClose: (done?: string) => void }) {
  const form = useRef<HTMLDivElement>(null)
  const [before, setBefore] = useState(segment)
  const [draft, setDraft] = useState(() => draftOf(segment))
  const drafted = segmentOf(draft, before)
  const isNew = before === undefined
  useEffect(() => form.current?.querySelector<HTMLElement>('input, textarea')?.focus(), [])
  const change = (part: Partial<SegmentDraft>): void => setDraft((was) => ({ ...was, ...part }))
  const changeKind = (kind: string, part: Partial<KindDraft>): void =>
    change({ kinds: draft.kinds.map((one) => (one.kind === kind ? { ...one, ...part } : one)) })
  return (
    <div ref={form} class="segment-form" role="group" aria-label={isNew ? 'New segment' : `Segment ${before.key}`}>
      {isNew && (
        <label class="field">
          Key
          <input
            maxLength={250}
            placeholder="letters, digits, . _ -"
            value={draft.key}
            onInput={(event) => change({ key: event.currentTarget.value.trim() })}
          />
        </label>
      )}
      {draft.kinds.map((one) => (
        <Members key={one.kind} draft={one} onChange={(part) => changeKind(one.kind, part)} />
      ))}
      <AddKind
        known={draft.kinds.map(({ kind }) => kind)}
        onAdd={(kind) => change({ kinds: [...draft.kinds, { kind, included: '', excluded: '' }] })}
      />
      <label class="field">
        Rules
        <textarea
          rows={draft.rules === '' ? 2 : 8}
          spellcheck={false}
          placeholder='none; in LaunchDarkly&apos;s model: [{ "clauses": [{ "contextKind": "user", "attribute": "key", "op": "startsWith", "values": ["staff-"] }] }]'
          value={draft.rules}
          onInput={(event) => change({ rules: event.currentTarget.value })}
        />
      </label>
      {'problem' in drafted && draft.key !== '' && (
        <p class="bad" role="alert">
          {drafted.problem}.
        </p>
      )}
      {segment?.version !== before?.version && (
        <p class="warning" role="status">
          Somebody changed it meanwhile: it is at version {segment?.version ?? 'none'}, and you began with {before?.version ?? 'none'}.{' '}
          <button
            type="button"
            onClick={() => {
              setBefore(segment)
              setDraft(draftOf(segment))
            }}
          >
            Begin anew with it
          </button>
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={() => onClose()}>
          Close
        </button>
        {before !== undefined && (
          <ActButtons label="Take out" offers={[{ text: 'Take out…', act: removing(before, onClose), look: 'grave' }]} />
        )}
        {'segment' in drafted && (
          <ActButtons label="Save" offers={[{ text: 'Save…', act: saving(before, drafted.segment, onClose), look: 'primary' }]} />
        )}
      </div>
    </div>
  )
}

/** Takes a segment out, which is refused while something asks for it. */
function removing(segment: Segment, onDone: (done: string) => void): Act {
  return {
    title: `Take out the segment ${segment.key}?`,
    effect: 'Whoever was in it is in it no more. It is refused while a flag or another segment asks for it.',
    verb: 'Take out',
    isGrave: true,
    run: async (wish) => {
      const json = { key: segment.key, expectedVersion: segment.version, ...wish }
      const { did } = await (await api.flags.segment.$post({ json })).json()
      if (!wish.dryRun) onDone(`${segment.key} is taken out`)
      return did === 'same' ? [] : [`${segment.key}: taken out`]
    },
  }
}

function saving(before: Segment | undefined, segment: Segment, onDone: (done: string) => void): Act {
  return {
    title: before === undefined ? `Make the segment ${segment.key}?` : `Change the segment ${segment.key}?`,
    effect: 'The rules of flags that ask for it decide by the new members, at every edge, within moments.',
    verb: 'Save',
    run: async (wish) => {
      const json = { key: segment.key, segment, expectedVersion: before?.version ?? 0, ...wish }
      // The cast says what the types of the API lose: members that Banyan does not read are kept.
      const { did } = await (await api.flags.segment.$post({ json: json as never })).json()
      if (!wish.dryRun) onDone(`${segment.key} is ${did}`)
      const changes = changesOf(before, segment)
      return did === 'same' || changes.length > 0 ? changes : [`${segment.key}: ${did}`]
    },
  }
}

function Members({ draft, onChange }: { readonly draft: KindDraft; readonly onChange: (part: Partial<KindDraft>) => void }) {
  const area = (of: 'included' | 'excluded', title: string) => (
    <label class="field">
      {title}
      <textarea
        rows={4}
        spellcheck={false}
        placeholder="a key a line"
        value={draft[of]}
        onInput={(event) => onChange({ [of]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <fieldset class="members">
      <legend>
        Kind <code>{draft.kind}</code>
      </legend>
      {area('included', 'In')}
      {area('excluded', 'Out')}
    </fieldset>
  )
}

function AddKind({ known, onAdd }: { readonly known: readonly string[]; readonly onAdd: (kind: string) => void }) {
  const [kind, setKind] = useState('')
  const name = kind.trim()
  const isFit = name !== '' && !known.includes(name)
  return (
    <div class="add-kind">
      <label class="field">
        Another kind of context
        <input maxLength={100} placeholder="region, client, …" value={kind} onInput={(event) => setKind(event.currentTarget.value)} />
      </label>
      <button
        type="button"
        disabled={!isFit}
        onClick={() => {
          onAdd(name)
          setKind('')
        }}
      >
        Add kind
      </button>
    </div>
  )
}
