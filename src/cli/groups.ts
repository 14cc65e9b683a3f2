import { userInfo } from 'node:os'
import type { GroupView } from '../admin/group-views.ts'
import type { TriageState } from '../core/triage/triage.ts'
import { BanyanError } from '../errors.ts'
import { adminClient, pathPart } from './admin-client.ts'
import { groupText, operationsOf, seenIn, total, triageText, worstFirst } from './group-text.ts'
import { checkRegion } from './known-region.ts'
import { table, visible } from './table.ts'

interface Reading {
  readonly json?: boolean
  readonly admin: string
}

/** Groups among which the beginning of an id is looked for. */
const SEARCHED = '1000'

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

export async function listGroups({
  state,
  region,
  limit,
  json,
  admin,
}: Reading & { readonly state?: TriageState; readonly region?: string; readonly limit: number }): Promise<number> {
  const query = {
    limit: String(limit),
    examples: 'false' as const,
    ...(state === undefined ? {} : { state }),
    ...(region === undefined ? {} : { region }),
  }
  // The cast says what the client's types lose on the way through JSON: absent members are absent.
  const client = adminClient(admin)
  const all = (await (await client.groups.$get({ query })).json()) as readonly GroupView[]
  if (region !== undefined && all.length === 0) checkRegion(region, (await (await client.status.$get()).json()).regions)
  const groups = all.map((group) => seenIn(group, undefined, region))
  if (json === true) print(groups)
  else if (groups.length === 0) process.stdout.write('no such groups\n')
  else
    process.stdout.write(
      table(
        ['group', 'coordinate', 'class', 'times', 'trend', 'operations', 'state'],
        worstFirst(groups).map((group) => [
          group.id,
          group.coordinate,
          group.class,
          String(total(group)),
          group.trend.direction,
          String(operationsOf(group).length),
          group.triage.state,
        ]),
      ),
    )
  return 0
}

export async function showGroup(asked: string, { json, admin }: Reading): Promise<number> {
  const id = await idOf(asked, admin)
  const group = (await (await adminClient(admin).groups[':id'].$get({ param: { id: pathPart(id) } })).json()) as GroupView
  if (json === true) print(group)
  else process.stdout.write(groupText(group, 1))
  return 0
}

export interface TriageOptions extends Reading {
  readonly why: string
  readonly by?: string
  readonly owner?: string
  readonly expires?: string
  readonly build?: string
  readonly dryRun?: boolean
}

export async function triageGroup(
  state: TriageState,
  asked: string,
  { why, by, owner, expires, build, dryRun = false, json, admin }: TriageOptions,
): Promise<number> {
  const body = {
    state,
    why,
    who: by ?? userInfo().username,
    dryRun,
    ...(owner === undefined ? {} : { owner }),
    ...(expires === undefined ? {} : { expires }),
    ...(build === undefined ? {} : { build }),
  }
  const id = await idOf(asked, admin)
  const group = (await (
    await adminClient(admin).groups[':id'].triage.$post({ param: { id: pathPart(id) }, json: body })
  ).json()) as GroupView
  if (json === true) {
    print(group)
    return 0
  }
  const { triage } = group
  process.stdout.write(`${dryRun ? 'would be ' : ''}${visible(`${group.coordinate} ${group.class}: ${triageText(triage)}`)}\n`)
  if (triage.rule !== undefined) process.stdout.write(`\nthe rule for your repository:\n\n${triage.rule}`)
  return 0
}

/** The group whose id begins so. @throws BanyanError UNKNOWN_GROUP, and BAD_USAGE where there are several */
async function idOf(asked: string, admin: string): Promise<string> {
  const found = new Set<string>()
  for (const state of [undefined, 'accepted', 'fixed', 'not-verifiable'] as const) {
    const query = { limit: SEARCHED, examples: 'false' as const, ...(state === undefined ? {} : { state }) }
    for (const { id } of await (await adminClient(admin).groups.$get({ query })).json()) if (id.startsWith(asked)) found.add(id)
  }
  const [only, ...others] = found
  if (only === undefined) throw new BanyanError('UNKNOWN_GROUP', `no group ${asked}`)
  if (others.length > 0 && !found.has(asked))
    throw new BanyanError('BAD_USAGE', `several groups begin with ${asked}: ${[...found].slice(0, 5).join(', ')}`, 'give more of the id')
  return found.has(asked) ? asked : only
}
