import type { FlagLine } from '../../core/routing/flag-lines.ts'
import { api } from '../api/client.ts'
import { operationPath, partsOf } from '../figures.ts'
import { useLoaded } from '../live.tsx'
import { AuditTable } from '../parts/audit-table.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { SegmentList } from '../parts/segment-list.tsx'
import { Standing } from '../parts/standing.tsx'
import { useTitle } from '../parts/title.ts'

const ENTRIES = '200'

export function FlagsPage() {
  useTitle('Flags')
  const loaded = useLoaded('flags', async () => {
    const [flags, file, audit, status] = await Promise.all([
      api.flags.$get(),
      api.flags.export.$get(),
      api.audit.$get({ query: { limit: ENTRIES } }),
      api.status.$get(),
    ])
    return {
      flags: await flags.json(),
      file: await file.json(),
      audit: await audit.json(),
      provider: (await status.json()).provider,
    }
  })
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  const { flags, file, audit, provider } = loaded.value
  return (
    <>
      <Stale loaded={loaded} />
      <h1>Flags</h1>
      <p class="muted">
        {provider === 'store'
          ? 'Kept in the store of this Banyan. An operation without a flag stands where the config says.'
          : 'They come from LaunchDarkly and are changed there.'}
      </p>
      {flags.length === 0 ? (
        <p class="nothing">No flags yet: every operation stands where the config says. Move one on its own page.</p>
      ) : (
        <FlagTable flags={flags} />
      )}
      <SegmentList flags={Object.values(file.flags)} segments={Object.values(file.segments)} isOurs={provider === 'store'} />
      <section aria-labelledby="audit">
        <h2 id="audit">Audit log</h2>
        {audit.length === 0 ? <p class="nothing">No flag was changed yet.</p> : <AuditTable audit={audit} />}
      </section>
    </>
  )
}

function FlagTable({ flags }: { readonly flags: readonly FlagLine[] }) {
  return (
    <Scroll label="Flags">
      <table class="flags stacked">
        <thead>
          <tr>
            <th scope="col">Flag</th>
            <th scope="col">Region</th>
            <th scope="col">Stage</th>
            <th scope="col">Operations</th>
            <th scope="col" class="number">
              Version
            </th>
          </tr>
        </thead>
        <tbody>
          {flags.map((line, index) => (
            <tr key={index}>
              <th scope="row">
                <code>{line.flag}</code>
                {!line.on && <span class="sub">switched off: everyone is at its off stage</span>}
              </th>
              <td>
                {line.region === '*' ? <span class="muted">every other region</span> : line.region}
                {line.only !== undefined && <span class="sub">only {line.only}</span>}
              </td>
              <td>
                <Standing {...line} />
              </td>
              <td>
                <Covered operations={line.operations} />
              </td>
              <td class="number">{line.version}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** A new signature under the same name is not moved with the others, so the signatures are told. */
function Covered({ operations }: { readonly operations: readonly string[] }) {
  if (operations.length === 0) return <span class="muted">all signatures</span>
  return (
    <ul class="plain">
      {operations.map((key) => (
        <li key={key}>
          <a href={operationPath(key)}>
            <code>#{partsOf(key).signature}</code>
          </a>
        </li>
      ))}
    </ul>
  )
}
