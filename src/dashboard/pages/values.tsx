import type { RevealView } from '../../admin/reveal-views.ts'
import { api } from '../api/client.ts'
import { useLoaded } from '../live.tsx'
import { Moment } from '../parts/names.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { EndReveal } from '../parts/reveal-form.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { useTitle } from '../parts/title.ts'

export function ValuesPage() {
  useTitle('Values')
  const loaded = useLoaded('values', async () => (await api.reveals.$get()).json())
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  return (
    <>
      <Stale loaded={loaded} />
      <h1>Values that were revealed</h1>
      <p class="muted">
        Examples show shapes, and values where <code>privacy.allow</code> names the place. For a while an operator may keep more, from the
        page of a group or with <code>banyan reveals start</code>. It ends by itself, and what was kept is removed a day later.
      </p>
      {loaded.value.length === 0 ? <p class="nothing">Nobody has revealed values.</p> : <RevealTable reveals={loaded.value} />}
    </>
  )
}

function RevealTable({ reveals }: { readonly reveals: readonly RevealView[] }) {
  return (
    <Scroll label="Values that were revealed">
      <table class="reveals stacked">
        <thead>
          <tr>
            <th scope="col">Places</th>
            <th scope="col">In</th>
            <th scope="col">State</th>
            <th scope="col">Who and why</th>
            <th scope="col">
              <span class="hidden">End</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {reveals.map((reveal) => (
            <tr key={reveal.id}>
              <th scope="row">
                <code>{reveal.coordinates.join(', ')}</code>
                {reveal.withheld.length > 0 && <span class="sub">not shown, for they look personal: {reveal.withheld.join(', ')}</span>}
              </th>
              <td>
                {reveal.operation === undefined ? <span class="muted">every operation</span> : <code>{reveal.operation}</code>}
                {reveal.region !== undefined && <span class="sub">{reveal.region}</span>}
              </td>
              <td>
                <State reveal={reveal} />
              </td>
              <td class="why">
                {reveal.why}
                <span class="sub">
                  {reveal.who}, <Moment at={reveal.from} />
                </span>
              </td>
              <td>{reveal.forgotten === undefined && <EndReveal reveal={reveal} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function State({ reveal: { isOpen, until, ended, forgetAt, forgotten } }: { readonly reveal: RevealView }) {
  if (forgotten !== undefined)
    return (
      <>
        removed <Moment at={forgotten} />
      </>
    )
  return (
    <>
      {isOpen ? <strong>kept until {dateOf(until)}</strong> : ended === undefined ? 'over' : `ended by ${ended.who}`}
      <span class="sub">removed at {dateOf(forgetAt)}</span>
    </>
  )
}

function dateOf(at: number): string {
  return new Date(at).toLocaleString([], { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}
