import type { Group } from '../core/comparison/group.ts'
import { CLASSES } from '../core/comparison/comparison.ts'
import { count, When } from './figures.tsx'

export function totalOf({ counts }: Pick<Group, 'counts'>): number {
  return counts.reduce((sum, one) => sum + one.count, 0)
}

export function worstFirst(groups: readonly Group[]): readonly Group[] {
  return groups.toSorted((a, b) => CLASSES.indexOf(b.class) - CLASSES.indexOf(a.class) || totalOf(b) - totalOf(a))
}

/** Groups of differences, worst first. */
export function GroupList({ groups }: { readonly groups: readonly Group[] }) {
  if (groups.length === 0) return <p class="nothing">No differences were found.</p>
  return (
    <div class="scroll" role="region" aria-label="Groups of differences" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Coordinate</th>
            <th scope="col">Class</th>
            <th scope="col" class="number">
              Times
            </th>
            <th scope="col">Legacy → candidate</th>
            <th scope="col">Operations</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {worstFirst(groups).map((group) => (
            <GroupRow key={group.id} group={group} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function GroupRow({ group }: { readonly group: Group }) {
  const operations = [...new Set(group.counts.map(({ operation }) => operation.split('#')[0] ?? operation))]
  const [example] = group.examples
  return (
    <tr>
      <th scope="row">
        <a href={`/groups/${encodeURIComponent(group.id)}`}>{group.coordinate}</a>
      </th>
      <td>
        {group.class} <span class="faint">{group.kind}</span>
      </td>
      <td class="number">{count(totalOf(group))}</td>
      <td class="values">
        {example === undefined ? `${group.legacyShape} → ${group.candidateShape}` : `${example.legacy} → ${example.candidate}`}
        {group.relation !== undefined && <span class="faint"> {group.relation}</span>}
      </td>
      <td>{operations.length > 2 ? `${operations.slice(0, 2).join(', ')} and ${operations.length - 2} more` : operations.join(', ')}</td>
      <td>
        <When at={group.lastSeen} />
      </td>
    </tr>
  )
}
