import { useState } from 'preact/hooks'
import type { Flag } from '../../core/routing/flag.ts'
import { asksFor } from '../../core/routing/segment-lint.ts'
import type { FlagSet, Segment } from '../../core/routing/segment.ts'
import { useIsOperator } from '../status.tsx'
import { Scroll } from './scroll.tsx'
import { keysOf, targetsOf } from './segment-draft.ts'
import { SegmentForm } from './segment-form.tsx'

/** Which form is open: of the segment with this key, or of a new one. */
type Open = { readonly key: string } | 'new'

/** Segments, who asks for them, and for an operator of our own store the way to change them. */
export function SegmentList({ flags, segments, isOurs }: FlagSet & { readonly isOurs: boolean }) {
  const [open, setOpen] = useState<Open>()
  const [done, setDone] = useState<string>()
  const mayEdit = useIsOperator() && isOurs
  const chosen = open === undefined || open === 'new' ? undefined : segments.find(({ key }) => key === open.key)
  const show = (one: Open | undefined): void => {
    setDone(undefined)
    setOpen(one)
  }
  const onClose = (said?: string): void => {
    setOpen(undefined)
    setDone(said)
  }
  return (
    <section class="segments" aria-labelledby="segments">
      <div class="title-line">
        <h2 id="segments">Segments</h2>
        {mayEdit && (
          <button type="button" aria-expanded={open === 'new'} onClick={() => show(open === 'new' ? undefined : 'new')}>
            New segment…
          </button>
        )}
      </div>
      {segments.length === 0 ? (
        <p class="nothing">No segments: a segment names subjects, or other contexts, for the rules of flags to ask for.</p>
      ) : (
        <Table flags={flags} segments={segments} {...(mayEdit ? { onEdit: (key: string) => show({ key }) } : {})} />
      )}
      <p class="done" role="status">
        {done !== undefined && `Done: ${done}. The edges follow within moments.`}
      </p>
      {mayEdit && open !== undefined && (
        <div class="card">
          <h3>{open === 'new' ? 'New segment' : open.key}</h3>
          <SegmentForm key={open === 'new' ? '' : open.key} segment={chosen} onClose={onClose} />
        </div>
      )}
    </section>
  )
}

function Table({ flags, segments, onEdit }: FlagSet & { readonly onEdit?: (key: string) => void }) {
  return (
    <Scroll label="Segments">
      <table class="flags stacked">
        <thead>
          <tr>
            <th scope="col">Segment</th>
            <th scope="col">In</th>
            <th scope="col">Out</th>
            <th scope="col">Rules</th>
            <th scope="col">Asked for by</th>
            <th scope="col" class="number">
              Version
            </th>
            {onEdit !== undefined && <th scope="col">Change</th>}
          </tr>
        </thead>
        <tbody>
          {segments.map((segment) => (
            <tr key={segment.key}>
              <th scope="row">
                <code>{segment.key}</code>
              </th>
              <td>{countsOf(segment, 'included')}</td>
              <td>{countsOf(segment, 'excluded')}</td>
              <td>{segment.rules?.length ?? 0}</td>
              <td>
                <Askers names={askersOf(segment.key, flags, segments)} />
              </td>
              <td class="number">{segment.version}</td>
              {onEdit !== undefined && (
                <td>
                  <button type="button" aria-label={`Edit ${segment.key}`} onClick={() => onEdit(segment.key)}>
                    Edit
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Askers({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <span class="muted">nobody</span>
  return (
    <ul class="plain">
      {names.map((name) => (
        <li key={name}>
          <code>{name}</code>
        </li>
      ))}
    </ul>
  )
}

function askersOf(key: string, flags: readonly Flag[], segments: readonly Segment[]): readonly string[] {
  const asks = ({ rules = [] }: Pick<Flag | Segment, 'rules'>): boolean => asksFor(rules).has(key)
  return [...flags.filter(asks), ...segments.filter((one) => one.key !== key && asks(one))].map((one) => one.key)
}

/** How many, by kind: `3 user, 1 region`. */
function countsOf(segment: Segment, of: 'included' | 'excluded'): string {
  const kinds = new Set(['user', ...targetsOf(segment).map(({ contextKind = 'user' }) => contextKind)])
  const counts = [...kinds].map((kind) => [keysOf(segment, kind, of).size, kind] as const).filter(([count]) => count > 0)
  return counts.length === 0 ? 'nobody' : counts.map(([count, kind]) => `${count} ${kind}`).join(', ')
}
