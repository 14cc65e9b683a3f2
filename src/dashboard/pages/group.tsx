import { useRoute } from 'preact-iso'
import type { Group } from '../../core/comparison/group.ts'
import { api } from '../client.ts'
import { ExamplePair } from '../example.tsx'
import { count, OperationName, When } from '../figures.tsx'
import { Trouble, useLoaded } from '../live.tsx'

export function GroupPage() {
  const { params } = useRoute()
  const id = decodeURIComponent(params['id'] ?? '')
  const { value: group, error } = useLoaded(id, async () => {
    const response = await api.groups[':id'].$get({ param: { id: encodeURIComponent(id) } })
    // The cast says what the client's types lose on the way through JSON: absent members are absent.
    return (await response.json()) as unknown as Group
  })
  if (group === undefined) return error === undefined ? <p role="status">Loading…</p> : <Trouble error={error} />
  return (
    <>
      <h1>{group.coordinate}</h1>
      <p>
        {group.class} <span class="faint">{group.kind}</span>: {group.legacyShape} → {group.candidateShape} {group.relation}
      </p>
      <p class="faint">
        first seen <When at={group.firstSeen} />, last seen <When at={group.lastSeen} />
      </p>
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
          {group.counts.map((one) => (
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
      <h2>Examples</h2>
      {group.examples.length === 0 && <p class="nothing">None were kept.</p>}
      {group.examples.map((example, index) => (
        <ExamplePair key={index} example={example} />
      ))}
    </>
  )
}
