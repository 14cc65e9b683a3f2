import type { OverviewRow } from '../admin/control-plane.ts'
import { GATE_COLUMNS, gateRow } from '../core/evidence/gate-row.ts'
import { fetchReport } from './report.ts'
import { table, visible } from './table.ts'

export interface GateOptions {
  readonly region?: string
  readonly minutes: number
  readonly json?: boolean
  readonly admin: string
}

/** Worst first: one region that fails is enough, and silence is not known yet. */
const EXIT: readonly (readonly [OverviewRow['verdict']['verdict'], number])[] = [
  ['fail', 1],
  ['inconclusive', 3],
  ['pass', 0],
]

/** Asks the gates about an operation. Exit code 0: all pass, 1: one fails, 3: not known yet. */
export async function gate(operation: string, options: GateOptions): Promise<number> {
  const { rows, rules } = await fetchReport({ ...options, operation })
  if (options.json === true) {
    const verdicts = rows.map(({ operation: key, region, verdict }) => ({ operation: key, region, ...verdict, ruleVersion: rules.version }))
    process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`)
  } else if (rows.length === 0) process.stdout.write('no requests in this time\n')
  else process.stdout.write(`${rows.map(gatesText).join('\n')}\nthe rules in force are of version ${rules.version}\n`)
  return EXIT.find(([word]) => rows.some(({ verdict: { verdict } }) => verdict === word))?.[1] ?? 3
}

/** The verdict on an operation in a region, and a line for each gate. */
function gatesText({ operation, region, verdict: { verdict, reason, gates = [] } }: OverviewRow): string {
  const lines = gates.map((figures) => [...gateRow(figures), figures.build ?? 'unnamed', figures.rules ?? 'unknown'])
  const head = `${visible(operation)} in ${visible(region)}: ${verdict}: ${visible(reason)}\n`
  return lines.length === 0 ? head : `${head}${table([...GATE_COLUMNS, 'build', 'rules'], lines)}`
}
