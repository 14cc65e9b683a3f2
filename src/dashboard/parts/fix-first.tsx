import type { Group } from '../../core/comparison/group.ts'
import type { Fix } from '../../core/triage/fix-first.ts'
import { count, groupPath, partsOf } from '../figures.ts'

/** Fixes that the page names; more would hide the first. */
const NAMED = 3

/** What would bring most traffic to parity. */
export function FixFirst({ fixes, groups }: { readonly fixes: readonly Fix[]; readonly groups: readonly Group[] }) {
  if (fixes.length === 0) return null
  return (
    <section aria-labelledby="fix-first">
      <h2 id="fix-first">What to fix first</h2>
      <ol class="fixes">
        {fixes.slice(0, NAMED).map((fix) => (
          <li key={fix.coordinate}>
            Fix <Coordinate coordinate={fix.coordinate} groups={groups} />
            <Effect fix={fix} />
          </li>
        ))}
      </ol>
    </section>
  )
}

/** A link to the coordinate's most frequent group, where it is among those that are known here. */
function Coordinate({ coordinate, groups }: { readonly coordinate: string; readonly groups: readonly Group[] }) {
  const group = groups.find((one) => one.coordinate === coordinate)
  if (group === undefined) return <code>{coordinate}</code>
  return (
    <a href={groupPath(group.id)}>
      <code>{coordinate}</code>
    </a>
  )
}

function Effect({ fix: { operations, share, comparisons } }: { readonly fix: Fix }) {
  const [only] = operations
  if (only === undefined) return <>: {count(comparisons)} comparisons would match, and no operation reaches parity by it alone.</>
  const what = operations.length === 1 ? partsOf(only).name : `${count(operations.length)} operations`
  return (
    <>
      {' '}
      and {what}, <strong>{(Math.floor(share * 1_000) / 10).toFixed(1)} % of traffic</strong>, {operations.length === 1 ? 'is' : 'are'} at
      parity.
    </>
  )
}
