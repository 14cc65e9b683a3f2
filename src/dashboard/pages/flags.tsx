import { api } from '../client.ts'
import { Standing, When } from '../figures.tsx'
import { Trouble, useLoaded } from '../live.tsx'

async function load() {
  const [flags, audit] = await Promise.all([api.flags.$get(), api.audit.$get({ query: { limit: '50' } })])
  return { flags: await flags.json(), audit: await audit.json() }
}

export function FlagsPage() {
  const { value, error } = useLoaded('flags', load)
  if (value === undefined) return error === undefined ? <p role="status">Loading…</p> : <Trouble error={error} />
  return (
    <>
      <h1>Flags</h1>
      {value.flags.length === 0 && <p class="nothing">No flag was set: every operation stands where the config says.</p>}
      <div class="scroll" role="region" aria-label="Flags" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Flag</th>
              <th scope="col">Region</th>
              <th scope="col">Stage</th>
              <th scope="col" class="number">
                Version
              </th>
            </tr>
          </thead>
          <tbody>
            {value.flags.map((line) => (
              <tr key={`${line.flag} ${line.region}`}>
                <th scope="row">{line.flag}</th>
                <td>{line.region === '*' ? 'all others' : line.region}</td>
                <td>
                  <Standing {...line} />
                </td>
                <td class="number">{line.version}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2>Who changed what</h2>
      <div class="scroll" role="region" aria-label="Audit log" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {['When', 'Who', 'Flag', 'Region', 'From', 'To', 'Why'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.audit.map((entry, index) => (
              <tr key={index}>
                <td>
                  <When at={entry.at} />
                </td>
                <td>{entry.who}</td>
                <td>{entry.target}</td>
                <td>{entry.region}</td>
                <td>{entry.from}</td>
                <td>{entry.to}</td>
                <td>{entry.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
