import type { AuditEntry } from '../../core/rollout/audit.ts'
import { Change, Moment, OperationName } from './names.tsx'
import { Scroll } from './scroll.tsx'

/** Who changed what, when and why, newest first. */
export function AuditTable({ audit, what = 'Flag' }: { readonly audit: readonly AuditEntry[]; readonly what?: string }) {
  return (
    <Scroll label="Audit log">
      <table class="audit stacked">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">{what}</th>
            <th scope="col">Region</th>
            <th scope="col">Change</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {audit.map((entry, index) => (
            <tr key={index}>
              <td>
                <Moment at={entry.at} />
              </td>
              <td>{entry.who}</td>
              <th scope="row">
                <Target target={entry.target} />
              </th>
              <td>{entry.region === '*' ? <span class="muted">{everywhere(entry)}</span> : entry.region.replaceAll(',', ', ')}</td>
              <td>
                <Change from={entry.from} to={entry.to} />
              </td>
              <td class="why">{entry.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** A unit of a plan is an operation or a group; everything else goes by its key. */
function Target({ target }: Pick<AuditEntry, 'target'>) {
  const [, plan = '', unit = ''] = /^plan:([^/]*)\/(.*)$/s.exec(target) ?? []
  if (unit === '') return <code>{target}</code>
  return (
    <>
      {unit.includes('#') ? <OperationName operation={unit} /> : unit} <span class="sub">{plan}</span>
    </>
  )
}

/** Of a plan nothing is about a region; of a flag it is the line for all that have none of their own. */
function everywhere({ target }: Pick<AuditEntry, 'target'>): string {
  return target.startsWith('plan:') ? 'all' : 'every other region'
}
