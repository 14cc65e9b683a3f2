import { useRoute } from 'preact-iso'
import type { Group } from '../../core/comparison/group.ts'
import { noiseText } from '../../core/triage/noise.ts'
import { api } from '../api/client.ts'
import { count } from '../figures.ts'
import { useLoaded } from '../live.tsx'
import { Examples } from '../parts/example.tsx'
import { Seen } from '../parts/group-seen.tsx'
import { TriagePanel } from '../parts/triage-panel.tsx'
import { SuggestedRule } from '../parts/suggested-rule.tsx'
import { timesOf } from '../parts/group-order.ts'
import { Shapes } from '../parts/group-table.tsx'
import { ClassName, Moment, OperationName } from '../parts/names.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { RevealGroup } from '../parts/reveal-form.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { useTitle } from '../parts/title.ts'

export function GroupPage() {
  const { params } = useRoute()
  const id = params['id'] ?? ''
  return <GroupView key={id} id={id} />
}

function GroupView({ id }: { readonly id: string }) {
  const loaded = useLoaded(id, async () => (await api.groups[':id'].$get({ param: { id: encodeURIComponent(id) } })).json())
  const group = loaded.value
  useTitle(group?.coordinate ?? 'Group')
  if (group === undefined) return <Waiting loaded={loaded} />
  const times = timesOf(group)
  return (
    <>
      <Stale loaded={loaded} />
      <p class="crumbs">
        <a href="/">Operations</a>
      </p>
      <h1 class="group-title">
        <ClassName name={group.class} /> <code>{group.coordinate}</code>
      </h1>
      <p>
        <Shapes group={group} />
      </p>
      <p class="muted">
        {count(times.count)} times, first <Moment at={group.firstSeen} />, last <Moment at={group.lastSeen} />. Kind {group.kind};
        coordinate {group.resolution}
        {times.noise > 0 && `; legacy disagreed with itself in the same way ${count(times.noise)} times`}.
      </p>
      {group.noise !== undefined && <p class={group.noise.isVerifiable ? 'muted' : 'alert warn'}>{sentence(noiseText(group.noise))}</p>}
      <Seen group={group} />
      <TriagePanel group={group} />
      {group.suggestion !== undefined && <SuggestedRule suggestion={group.suggestion} />}
      <section aria-labelledby="examples">
        <h2 id="examples">Examples</h2>
        <Examples examples={group.examples} />
        <RevealGroup group={group} />
      </section>
      <Affected counts={group.counts} />
    </>
  )
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

/** Where the group was seen: a wrong scalar in many operations is one group. */
function Affected({ counts }: Pick<Group, 'counts'>) {
  return (
    <section aria-labelledby="affected">
      <h2 id="affected">Affected operations</h2>
      <Scroll label="Affected operations">
        <table>
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col">Region</th>
              <th scope="col" class="number">
                Times
              </th>
              <th scope="col" class="number">
                Noise
              </th>
            </tr>
          </thead>
          <tbody>
            {counts.map((one) => (
              <tr key={`${one.operation} ${one.region}`}>
                <th scope="row">
                  <OperationName operation={one.operation} />
                </th>
                <td>{one.region}</td>
                <td class="number">{count(one.count)}</td>
                <td class="number">{count(one.noise)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}
