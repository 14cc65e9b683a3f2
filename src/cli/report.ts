import { partsOf } from '../core/operation/operation.ts'
import type { Overview, Status } from '../admin/control-plane.ts'
import type { GroupView } from '../admin/group-views.ts'
import { nearest } from '../config/nearest.ts'
import { BanyanError } from '../errors.ts'
import { adminClient } from './admin-client.ts'
import { seenIn } from './group-text.ts'
import { checkRegion } from './known-region.ts'
import { MAX_GROUPS, renderMarkdown, renderText, type Report } from './report-text.ts'

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
  const groupsOf = async (query: { readonly operation?: string }): Promise<readonly GroupView[]> =>
    (await (await client.groups.$get({ query: { ...inRegion, ...query, limit: String(MAX_GROUPS) } })).json()) as readonly GroupView[]
  const { rules, regions } = (await (await client.status.$get()).json()) as Status
  const overview = await ask(inRegion)
  if (region !== undefined && overview.rows.length === 0) checkRegion(region, regions)
  if (operation === undefined) return { ...overview, groups: (await groupsOf({})).map((group) => seenIn(group, undefined, region)), rules }
  const found = keysIn(overview, operation)
  // What was asked for elsewhere is known, and silent here.
  const keys = found.length > 0 ? found : keysOf(await ask({}), operation)
  const groups = (await Promise.all(keys.map((key) => groupsOf({ operation: key })))).flat()
  const once = [...new Map(groups.map((group) => [group.id, group])).values()]
  return {
    ...overview,
    rows: overview.rows.filter((row) => keys.includes(row.operation)),
    fixFirst: overview.fixFirst.filter(({ operations }) => operations.some((key) => keys.includes(key))),
    unclassified: [],
    groups: once.map((group) => seenIn(group, keys, region)),
    rules,
  }
}

/** Every version that is meant: one that was left out could fail where the others pass. */
function keysIn({ rows }: Overview, asked: string): readonly string[] {
  const keys = [...new Set(rows.map(({ operation }) => operation))]
  return keys.includes(asked) ? [asked] : keys.filter((key) => key.split('#')[0] === asked || partsOf(key).name === asked)
}

function keysOf(overview: Overview, asked: string): readonly string[] {
  const found = keysIn(overview, asked)
  if (found.length > 0) return found
  const names = new Set(overview.rows.map(({ operation }) => partsOf(operation).name))
  const like = nearest(asked, [...names])
  throw new BanyanError(
    'UNKNOWN_OPERATION',
    `no operation ${asked === '' ? JSON.stringify(asked) : asked} in this time`,
    ...(like === undefined ? [] : [`did you mean ${like}?`]),
  )
}
