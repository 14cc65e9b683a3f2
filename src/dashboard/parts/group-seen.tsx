import type { GroupView } from '../../admin/group-views.ts'
import type { Facet } from '../../core/comparison/facet.ts'
import { count } from '../figures.ts'
import { Moment } from './names.tsx'
import { Scroll } from './scroll.tsx'

/** When a group was seen, by which clients and in which builds of the candidate. */
export function Seen({ group }: { readonly group: GroupView }) {
  return (
    <section aria-labelledby="seen">
      <h2 id="seen">Last 24 hours: {group.trend.direction}</h2>
      <TrendChart hours={group.trend.hours} />
      <FacetTable group={group} facet="client" title="Clients" />
      <FacetTable group={group} facet="build" title="Builds of the candidate" />
    </section>
  )
}

/** One bar an hour, the current hour on the right. */
function TrendChart({ hours }: { readonly hours: readonly number[] }) {
  const most = Math.max(1, ...hours)
  const total = hours.reduce((sum, one) => sum + one, 0)
  return (
    <svg
      class="trend"
      viewBox={`0 0 ${hours.length * 10} 40`}
      role="img"
      aria-label={`${count(total)} differences, at most ${count(most)} an hour`}
    >
      {hours.map((one, index) => (
        <rect key={index} x={index * 10 + 1} y={39 - (one / most) * 38} width={8} height={(one / most) * 38 + 1} />
      ))}
    </svg>
  )
}

function FacetTable({ group, facet, title }: { readonly group: GroupView; readonly facet: Facet; readonly title: string }) {
  const rows = group.facets.filter((one) => one.facet === facet)
  if (rows.length === 0) return null
  return (
    <Scroll label={title}>
      <table class="facets">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col" class="number">
              Times
            </th>
            <th scope="col">First seen</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td class="number">{count(row.count)}</td>
              <td>
                <Moment at={row.firstSeen} />
              </td>
              <td>
                <Moment at={row.lastSeen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
