import { userInfo } from 'node:os'
import type { Stage } from '../core/routing/stage.ts'
import { describeStanding } from '../core/routing/flag-lines.ts'
import { adminClient } from './admin-client.ts'
import { table, visible } from './table.ts'

interface Reading {
  readonly json?: boolean
  readonly admin: string
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

export async function listFlags({ json, admin }: Reading): Promise<number> {
  const client = adminClient(admin)
  const [lines, { emergency }] = await Promise.all([
    client.flags.$get().then((answer) => answer.json()),
    client.status.$get().then((answer) => answer.json()),
  ])
  if (emergency) process.stderr.write('everything goes to legacy, whatever the flags say; `banyan rollback --release` ends it\n')
  if (json === true) print(lines)
  else if (lines.length === 0) process.stdout.write('no flags yet: every operation stands where the config says\n')
  else
    process.stdout.write(
      table(
        ['flag', 'region', 'stage', 'version'],
        lines.map((line) => [
          line.flag,
          line.only === undefined ? line.region : `${line.region}, only ${line.only}`,
          describeStanding(line),
          String(line.version),
        ]),
      ),
    )
  return 0
}

export async function auditFlags({
  json,
  admin,
  limit,
  plan,
}: Reading & { readonly limit: number; readonly plan?: string }): Promise<number> {
  const query = { limit: String(limit), ...(plan === undefined ? {} : { plan }) }
  const entries = await (await adminClient(admin).audit.$get({ query })).json()
  if (json === true) print(entries)
  else if (entries.length === 0) process.stdout.write('no changes yet\n')
  else
    process.stdout.write(
      table(
        ['when', 'who', 'what', 'region', 'from', 'to', 'why'],
        entries.map(({ at, who, target, region, from, to, why }) => [
          new Date(at).toISOString(),
          who,
          target,
          region === '*' ? 'all' : region,
          from,
          to,
          why,
        ]),
      ),
    )
  return 0
}

export interface SetOptions extends Reading {
  readonly region?: string
  readonly stage: Stage
  readonly percent: number
  readonly rest?: Stage
  readonly why: string
  readonly by?: string
  readonly dryRun?: boolean
}

export async function setFlag(operation: string, options: SetOptions): Promise<number> {
  const { region, stage, percent, rest, why, by, dryRun = false, json, admin } = options
  const body = {
    operation,
    dryRun,
    stage,
    percent,
    why,
    who: by ?? userInfo().username,
    ...(region === undefined ? {} : { region }),
    ...(rest === undefined ? {} : { rest }),
  }
  const { stage: move } = adminClient(admin).flags
  // What it would take apart is told before it does.
  const { warnings = [], ...wouldBe } = await (await move.$post({ json: { ...body, dryRun: true } })).json()
  for (const warning of warnings) process.stderr.write(`${visible(warning)}\n`)
  const entry = dryRun ? { ...wouldBe, ...(warnings.length === 0 ? {} : { warnings }) } : await (await move.$post({ json: body })).json()
  if (json === true) print(entry)
  else
    process.stdout.write(
      `${dryRun ? 'would change ' : ''}${entry.target} in ${entry.region === '*' ? 'every region without a line of its own' : entry.region}: ${entry.from} → ${entry.to}\n`,
    )
  return 0
}
