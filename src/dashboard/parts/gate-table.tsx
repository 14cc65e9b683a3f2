import { GATE_COLUMNS, gateRow } from '../../core/evidence/gate-row.ts'
import type { GateFigures } from '../../core/evidence/verdict.ts'
import { NOTHING, partsOf } from '../figures.ts'
import { Scroll } from './scroll.tsx'

/** The numbers of each gate, a row each. What is the same in every row, as where there is one operation and one build, is told above them. */
export function GateTable({ label, gates }: { readonly label: string; readonly gates: readonly GateFigures[] }) {
  if (gates.length === 0) return undefined
  const operations = new Set(gates.map(({ operation }) => operation))
  const epochs = new Set(gates.map(epochOf))
  const [only] = epochs
  return (
    <Scroll label={label}>
      <table class="gates">
        {epochs.size === 1 && <caption>Counted with {only}</caption>}
        <thead>
          <tr>
            {operations.size > 1 && <th scope="col">operation</th>}
            {GATE_COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {epochs.size > 1 && <th scope="col">counted with</th>}
          </tr>
        </thead>
        <tbody>
          {gates.map((figures) => (
            <tr key={`${figures.operation} ${epochOf(figures)} ${figures.gate}`} title={figures.reason}>
              {operations.size > 1 && <td>{figures.operation === undefined ? NOTHING : partsOf(figures.operation).name}</td>}
              {gateRow(figures).map((text, column) => (
                <td key={GATE_COLUMNS[column]}>{text}</td>
              ))}
              {epochs.size > 1 && <td>{epochOf(figures)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function epochOf({ build = 'unnamed', rules = 'unknown' }: GateFigures): string {
  return `build ${build}, rules ${rules}`
}
