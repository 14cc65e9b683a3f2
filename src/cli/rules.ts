import { readFileSync } from 'node:fs'
import type { Status } from '../admin/control-plane.ts'
import type { RuleView, TrialView } from '../admin/rule-views.ts'
import { BanyanError } from '../errors.ts'
import { adminClient } from './admin-client.ts'
import { ruleNotices } from './rule-notices.ts'
import { table } from './table.ts'

interface Reading {
  readonly json?: boolean
  readonly admin: string
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
const number = (value: number): string => value.toLocaleString('en-US')

export async function listRules({ json, admin, minutes }: Reading & { readonly minutes: number }): Promise<number> {
  // The cast says what the client's types lose on the way through JSON: absent members are absent.
  const rules = (await (await adminClient(admin).rules.$get({ query: { minutes: String(minutes) } })).json()) as readonly RuleView[]
  const { rules: standing } = (await (await adminClient(admin).status.$get()).json()) as Status
  if (json === true) print(rules)
  else if (rules.length === 0) process.stdout.write('no rules: every difference counts\n')
  else
    process.stdout.write(
      table(
        ['rule', 'suppressed', 'last', 'expires', 'owner', 'why'],
        rules.map(({ id, suppressed, lastSuppressed, expires = '', expired, owner = '', why }) => [
          id,
          number(suppressed),
          lastSuppressed === undefined ? 'never' : new Date(lastSuppressed).toISOString().slice(0, 16),
          expired ? `${expires} (over)` : expires,
          owner,
          why,
        ]),
      ),
    )
  if (json !== true) {
    const notices = [`rule version ${standing.version}`, ...ruleNotices(standing, rules, minutes)]
    process.stdout.write(`\n${notices.map((notice) => `${notice}\n`).join('')}`)
  }
  return 0
}

/** Tries a rule that is not saved yet on what a running Banyan has stored. */
export async function tryRule({ rule, group, json, admin }: Reading & { readonly rule: string; readonly group?: string }): Promise<number> {
  const body = { text: read(rule), ...(group === undefined ? {} : { group }) }
  const trial: TrialView = await (await adminClient(admin).rules.try.$post({ json: body })).json()
  if (json === true) print(trial)
  else process.stdout.write(trialText(trial))
  return 0
}

export function trialText({ total, accepted, remaining, unknown, groups, also, warnings }: TrialView): string {
  const told = unknown === 0 ? '' : `; ${number(unknown)} cannot be told: their values were not kept`
  const lines = [`would accept ${number(accepted)} of ${number(total)}; ${number(remaining)} remain${told}\n`]
  if (also.length > 0) {
    const hidden = also.reduce((sum, group) => sum + group.accepted, 0)
    lines.push(`would also hide ${number(hidden)} of ${also.length} other ${also.length === 1 ? 'group' : 'groups'}: ${named(also)}\n`)
  }
  const rows = groups.map((group) => [
    number(group.accepted),
    number(group.count - group.accepted - group.unknown),
    number(group.unknown),
    group.class,
    group.coordinate,
    group.id,
  ])
  if (rows.length > 0) lines.push('\n', table(['accepted', 'remaining', 'unknown', 'class', 'coordinate', 'group'], rows))
  return [...lines, ...warnings.map((warning) => `\n${warning}\n`)].join('')
}

/** The first of them by name; the table has all. */
function named(groups: TrialView['also']): string {
  const shown = groups.slice(0, 3).map(({ coordinate, id }) => `${coordinate} (${id})`)
  return groups.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BanyanError('FILE_UNREADABLE', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
