import { partsOf } from '../core/operation/operation.ts'
import type { Overview, Status } from '../admin/control-plane.ts'
import type { GroupView } from '../admin/group-views.ts'
import { nearest } from '../config/nearest.ts'
import { BanyanError } from '../errors.ts'
import { adminClient } from './admin-client.ts'
import { renderMarkdown, renderText, type Report } from './report-text.ts'

export interface ReportOptions {
  readonly operation?: string
  readonly region?: string
  readonly minutes: number
  readonly format: 'table' | 'json' | 'markdown'
  readonly json?: boolean
  readonly admin: string
}

const FORMS: Readonly<Record<ReportOptions['format'], (report: Report) => string>> = {
  table: renderText,
  markdown: renderMarkdown,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
}

export async function report(options: ReportOptions): Promise<number> {
  process.stdout.write(FORMS[options.json === true ? 'json' : options.format](await fetchReport(options)))
  return 0
}

/** Asks a running Banyan. @throws BanyanError ADMIN_UNREACHABLE, UNKNOWN_OPERATION */
export async function fetchReport({
  operation,
  region,
  minutes,
  admin,
}: Pick<ReportOptions, 'operation' | 'region' | 'minutes' | 'admin'>): Promise<Report> {
  const client = adminClient(admin)
  const inRegion = region === undefined ? {} : { region }
  // The casts say what the client's types lose on the way through JSON: absent members are absent.
  const ask = async (query: { readonly region?: string }): Promise<Overview> =>
    (await (await client.overview.$get({ query: { minutes: String(minutes), gates: 'true', ...query } })).json()) as Overview
  const overview = await ask(inRegion)
  // What was asked for elsewhere is known, and silent here.
  const key = operation === undefined ? undefined : (keyIn(overview, operation) ?? keyOf(await ask({}), operation))
  const groups = (await (
    await client.groups.$get({ query: { ...inRegion, ...(key === undefined ? {} : { operation: key }), limit: '200' } })
  ).json()) as readonly GroupView[]
  const { rules } = (await (await client.status.$get()).json()) as Status
  return { ...overview, rows: overview.rows.filter((row) => key === undefined || row.operation === key), groups, rules }
}

function keyIn({ rows }: Overview, asked: string): string | undefined {
  return rows.map(({ operation }) => operation).find((key) => key === asked || key.split('#')[0] === asked || partsOf(key).name === asked)
}

function keyOf(overview: Overview, asked: string): string {
  const found = keyIn(overview, asked)
  if (found !== undefined) return found
  const names = new Set(overview.rows.map(({ operation }) => partsOf(operation).name))
  const like = nearest(asked, [...names])
  throw new BanyanError('UNKNOWN_OPERATION', `no operation ${asked} in this time`, ...(like === undefined ? [] : [`did you mean ${like}?`]))
}
