import type { GroupView } from '../../admin/group-views.ts'
import type { Group } from '../../core/comparison/group.ts'
import { count, groupPath, partsOf } from '../figures.ts'
import { timesOf } from './group-order.ts'
import { ClassName, Moment } from './names.tsx'
import { Scroll } from './scroll.tsx'

/** Operations named in a row; the rest is a count. */
const NAMED = 2

type Shown = Group & Pick<GroupView, 'noise'>

/** Groups of differences, one row each. */
export function GroupTable({ groups }: { readonly groups: readonly Shown[] }) {
  return (
    <Scroll label="Groups of differences">
      <table class="groups stacked">
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Coordinate</th>
            <th scope="col">Legacy → candidate</th>
            <th scope="col" class="number">
              Times
            </th>
            <th scope="col">Operations</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <Row key={group.id} group={group} />
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Row({ group }: { readonly group: Shown }) {
  const names = [...new Set(group.counts.map(({ operation }) => partsOf(operation).name))]
  const times = timesOf(group)
  return (
    <tr>
      <td class="column-class">
        <ClassName name={group.class} />
      </td>
      <th scope="row" class="column-coordinate">
        <a href={groupPath(group.id)}>
          <code>{group.coordinate}</code>
        </a>
      </th>
      <td class="column-shapes">
        <Shapes group={group} />
      </td>
      <td class="number column-times">
        <span class="figure">{count(times.count)}</span>
        {times.noise > 0 && <span class="sub">noise {count(times.noise)}</span>}
        {group.noise?.isVerifiable === false && <span class="sub">not verifiable</span>}
      </td>
      <td class="column-operations">
        {names.slice(0, NAMED).join(', ')}
        {names.length > NAMED && ` and ${names.length - NAMED} more`}
      </td>
      <td class="column-seen">
        <Moment at={group.lastSeen} />
      </td>
    </tr>
  )
}

/** What both sides look like, and how they relate. */
export function Shapes({ group: { legacyShape, candidateShape, relation, kind } }: { readonly group: Group }) {
  return (
    <span class="shapes">
      <code class="legacy">{legacyShape}</code>
      <span aria-hidden="true">→</span>
      <span class="hidden"> in legacy, in the candidate </span>
      <code class="candidate">{candidateShape}</code>
      <span class="muted">{relation ?? kind}</span>
    </span>
  )
}
