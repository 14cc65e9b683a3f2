import { useState } from 'preact/hooks'
import type { Group } from '../../core/comparison/group.ts'
import { api } from '../api/client.ts'
import { count, groupPath } from '../figures.ts'
import { useLoaded } from '../live.tsx'
import { Examples } from './example.tsx'
import { timesOf } from './group-order.ts'
import { Shapes } from './group-table.tsx'
import { ClassName, Moment } from './names.tsx'

/** Groups of one operation; the first shows its example, the others when they are opened. */
export function GroupCards({ groups, operation }: { readonly groups: readonly Group[]; readonly operation: string }) {
  return (
    <div class="group-cards">
      {groups.map((group, index) => (
        <GroupCard key={group.id} group={group} operation={operation} isFirst={index === 0} />
      ))}
    </div>
  )
}

function GroupCard({ group, operation, isFirst }: { readonly group: Group; readonly operation: string; readonly isFirst: boolean }) {
  const [isOpen, setOpen] = useState(isFirst)
  const own = timesOf({ counts: group.counts.filter((one) => one.operation === operation) })
  return (
    <details class="card group" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <ClassName name={group.class} />
        <code class="coordinate">{group.coordinate}</code>
        <Shapes group={group} />
        <span class="group-times">
          <span class="figure">{count(own.count)}</span> times{own.noise > 0 && <span class="muted">, noise {count(own.noise)}</span>}
          <span class="muted">
            {' '}
            · first <Moment at={group.firstSeen} />, last <Moment at={group.lastSeen} />
          </span>
        </span>
      </summary>
      {isOpen && <GroupExamples id={group.id} operation={operation} />}
      <p>
        <a href={groupPath(group.id)}>This group in all operations</a>
      </p>
    </details>
  )
}

/** Examples are most of the bytes of a group: they are asked for only where they are shown. */
function GroupExamples({ id, operation }: { readonly id: string; readonly operation: string }) {
  const { value } = useLoaded(id, async () => (await api.groups[':id'].$get({ param: { id: encodeURIComponent(id) } })).json())
  if (value === undefined) return <p class="waiting">Loading…</p>
  const own = value.examples.filter((example) => example.operation === operation)
  return <Examples examples={own.length > 0 ? own : value.examples} />
}
