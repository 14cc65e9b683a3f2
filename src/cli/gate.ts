import type { OverviewRow } from '../admin/control-plane.ts'
import { fetchReport } from './report.ts'
import { table } from './table.ts'

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
  const verdicts = rows.map(({ operation: key, region, verdict }) => ({ operation: key, region, ...verdict, ruleVersion: rules.version }))
  if (options.json === true) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`)
  else if (verdicts.length === 0) process.stdout.write('no requests in this time\n')
  else
    process.stdout.write(
      `${table(
        ['operation', 'region', 'verdict', 'why'],
        verdicts.map(({ operation: key, region, verdict, reason }) => [key, region, verdict, reason]),
      )}\njudged by the rules of version ${rules.version}\n`,
    )
  return EXIT.find(([word]) => verdicts.some(({ verdict }) => verdict === word))?.[1] ?? 3
}
