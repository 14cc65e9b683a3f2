import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import type { Status } from '../../src/admin/control-plane.ts'
import type { RuleStanding, RuleView } from '../../src/admin/rule-views.ts'
import type { Group } from '../../src/core/comparison/group.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { httpServer, until, type Listening } from '../support/sockets.ts'

const SDL = 'scalar DateTime type User { id: ID! name: String seen: DateTime } type Query { users: [User!] }'

/** Answers everything with the same users, given as JSON text. */
function backend(users: string): Promise<Listening> {
  return httpServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"data":{"users":${users}}}`),
  )
}

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'banyan-rules-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

/** The file of rules of a tree. */
const rulesFile = ({ configFile }: Tree): string => /compare:\n {2}- (.*)/.exec(readFileSync(configFile, 'utf8'))?.[1] ?? ''

async function tree(users: readonly [string, string], rules: readonly object[], packs: readonly string[] = []): Promise<Tree> {
  const [legacy, candidate] = [await backend(users[0]), await backend(users[1])]
  const files = folder({ 'schema.graphql': SDL, 'rules.yaml': stringify({ version: 1, rules }) })
  const schema = join(files, 'schema.graphql')
  return startTree({
    backends: { legacy: { url: `${legacy.url}/graphql`, schema }, candidate: { url: `${candidate.url}/graphql`, schema } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    compare: [join(files, 'rules.yaml')],
    packs: [...packs],
  })
}

const compared = async (banyan: Tree): Promise<number> =>
  (await banyan.overview()).rows.reduce((sum, { summary }) => sum + summary.compared, 0)

describe('rules', () => {
  test('decide about live traffic, and what each suppressed is counted', async () => {
    const legacy = '[{"id":"1","name":"ANN","seen":"2026-11-01T10:00:00.500000+00:00"}]'
    const candidate = '[{"id":"1","name":"Ann","seen":"2026-11-01T10:00:00.5Z"}]'
    const unused = {
      id: 'unused',
      why: 'nobody asks for it',
      owner: 'platform',
      expires: '2999-01-01',
      at: 'User.id',
      do: { ignore: true },
    }
    const expired = { id: 'over', why: 'it was so', expires: '2020-01-01', at: 'User.id', do: { ignore: true } }
    const rules = [{ id: 'names', why: 'legacy shouts', at: 'User.name', do: { case: true } }, unused, expired]
    const banyan = await tree([legacy, candidate], rules, ['timestamps'])
    for (let sent = 1; sent <= 3; sent += 1) await ask(banyan, 'query Users { users { id name seen } }')
    await until(async () => (await compared(banyan)) === 3)

    const [row] = (await banyan.overview()).rows
    expect(row?.summary).toMatchObject({ parity: 1, classes: { normalised: 3 } })
    const views = await banyan.get<RuleView[]>('/api/rules')
    expect(views.map(({ id, suppressed, expired: isOver }) => [id, suppressed, isOver])).toEqual([
      ['timestamps/instant', 3, false],
      ['timestamps/time-of-day', 0, false],
      ['names', 3, false],
      ['unused', 0, false],
      ['over', 0, true],
    ])
    expect(views.find(({ id }) => id === 'unused')).toEqual({ ...unused, at: ['User.id'], expired: false, suppressed: 0, idle: true })
  })

  test('that make a difference matter are seen by gates', async () => {
    const rules = [{ id: 'spelling', why: 'a client reads JSON by hand', at: 'User.name', do: { severity: 'block' } }]
    const banyan = await tree([String.raw`[{"name":"\u00eb"}]`, '[{"name":"ë"}]'], rules)
    await ask(banyan, 'query Users { users { name } }')
    await until(async () => (await compared(banyan)) === 1)
    expect((await banyan.overview()).rows[0]?.summary).toMatchObject({ parity: 0 })
  })

  test('are tried on what is stored before they are saved, and say what they would hide besides', async () => {
    const users = (name: string, ...ids: readonly string[]): string => JSON.stringify(ids.map((id) => ({ id, name })))
    const banyan = await tree([users('ANN', 'A', 'B'), users('Ann', 'a', 'x')], [])
    for (let sent = 1; sent <= 3; sent += 1) await ask(banyan, 'query Users { users { id name } }')
    await until(async () => (await compared(banyan)) === 3)
    const file = (rule: object): string => join(folder({ 'r.yaml': stringify(rule) }), 'r.yaml')
    const narrow = file({ id: 'names', why: 'legacy shouts', at: 'User.name', do: { case: true } })
    const wide = file({ id: 'all', why: 'legacy shouts', at: ['User.*', 'Usr.name'], do: { case: true } })

    const ran = await cli(['rules', 'try', '--rule', narrow, '--admin', banyan.admin])
    expect(ran.stdout).toContain('would accept 3 of 3; 0 remain\n')
    const groups = await banyan.get<Group[]>('/api/groups')
    const target = groups.find(({ coordinate }) => coordinate === 'User.name')?.id ?? ''
    const other = await cli(['rules', 'try', '--rule', wide, '--group', target, '--admin', banyan.admin])
    expect(other.stdout).toContain('would accept 3 of 3; 0 remain\nwould also hide 3 of 1 other group: User.id')
    expect(other.stdout).toContain('did you mean `User.name`?')
    const json = await cli(['rules', 'try', '--rule', wide, '--admin', banyan.admin, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ rules: ['all'], total: 9, accepted: 6, remaining: 3, unknown: 0 })

    const wrong = await cli([
      'rules',
      'try',
      '--rule',
      file({ id: 'x', why: 'x', at: '???', do: { casse: true } }),
      '--admin',
      banyan.admin,
    ])
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toContain('unknown key `casse` (did you mean `case`?)')
    expect((await cli(['rules', 'list', '--admin', banyan.admin])).stdout).toMatch(
      /^no rules: every difference counts\n\nrule version [0-9a-f]{16}\n$/,
    )
  })

  test('hold as soon as their file is saved', async () => {
    const banyan = await tree(['[{"name":"ANN"}]', '[{"name":"Ann"}]'], [])
    const classes = async (): Promise<unknown> => (await banyan.overview()).rows[0]?.summary.classes
    const after = async (count: number): Promise<unknown> => {
      await ask(banyan, 'query Users { users { name } }')
      await until(async () => (await compared(banyan)) === count)
      return classes()
    }
    expect(await after(1)).toEqual({ value: 1 })

    const names = { id: 'names', why: 'legacy shouts', at: 'User.name', do: { case: true } }
    writeFileSync(rulesFile(banyan), stringify({ version: 1, rules: [names] }))
    await until(async () => (await banyan.get<RuleView[]>('/api/rules')).length === 1)
    // Control has heard of it; the edge was told in the same moment, and its thread takes the next requests by it.
    let sent = 1
    await until(async () => {
      sent += 1
      return JSON.stringify(await after(sent)).includes('normalised')
    })
  })

  test('whose file is saved with a mistake stay the old ones, and the API, the metrics and the CLI say so until it is mended', async () => {
    const names = { id: 'names', why: 'legacy shouts', at: 'User.name', do: { case: true } }
    const banyan = await tree(['[{"name":"ANN"}]', '[{"name":"Ann"}]'], [names])
    const standing = async (): Promise<RuleStanding> => (await banyan.get<Status>('/api/status')).rules
    const before = await standing()
    expect(before).toEqual({ version: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown, inForce: 1, expired: [] })

    writeFileSync(rulesFile(banyan), 'version: 1\nrules: [{ id: names, why: x, at: User.name, do: { casse: true } }]\n')
    await until(async () => (await standing()).stale !== undefined)
    expect((await standing()).stale?.problems.join()).toContain('unknown key `casse` (did you mean `case`?)')
    expect((await standing()).version).toBe(before.version)
    expect(await (await fetch(`${banyan.admin}/metrics`)).text()).toMatch(/^banyan_rules_problems 1$/m)
    for (const command of [['report'], ['rules', 'list']])
      expect((await cli([...command, '--admin', banyan.admin])).stdout).toMatch(
        /the files of rules are wrong since .*Z, and the old rules hold on:/,
      )

    // A control process that comes later hears of it too.
    const { processes } = await banyan.get<Status>('/api/status')
    process.kill(processes.find(({ name }) => name === 'control')?.pid ?? 0, 'SIGKILL')
    await until(async () => (await standing().catch(() => before)).stale !== undefined)

    writeFileSync(rulesFile(banyan), stringify({ version: 1, rules: [{ ...names, do: { trim: true } }] }))
    await until(async () => (await standing()).stale === undefined)
    expect((await standing()).version).not.toBe(before.version)
  })
})
