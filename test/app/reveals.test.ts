import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Status } from '../../src/admin/control-plane.ts'
import type { RevealView } from '../../src/admin/reveal-views.ts'
import type { Group } from '../../src/core/comparison/group.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { httpServer, until } from '../support/sockets.ts'

const SDL = 'type Country { name: String, capital: String, postcode: String } type Query { country: Country }'
const QUERY = 'query One { country { name capital postcode } }'

async function tree(): Promise<Tree> {
  const [legacy, candidate] = await Promise.all(
    ['Bujumbura', 'Gitega'].map((capital) =>
      httpServer((_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ data: { country: { name: 'Burundi', capital, postcode: '90210' } } })),
      ),
    ),
  )
  const folder = mkdtempSync(join(tmpdir(), 'banyan-reveal-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const schema = join(folder, 'schema.graphql')
  writeFileSync(schema, SDL)
  return startTree({
    backends: {
      legacy: { url: `${legacy?.url ?? ''}/graphql`, schema },
      candidate: { url: `${candidate?.url ?? ''}/graphql`, schema },
    },
    operations: [{ match: 'query:*', stage: 'shadow' }],
  })
}

/** Both sides of the examples of the one group that there is. */
async function shown(banyan: Tree): Promise<string> {
  const [group] = await banyan.get<Group[]>('/api/groups')
  return (group?.examples ?? []).map(({ legacy, candidate }) => `${legacy} ${candidate}`).join('\n')
}

const begin = (banyan: Tree, asked: object): Promise<Response> =>
  fetch(`${banyan.admin}/api/reveals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ minutes: 30, who: 'ada', why: 'x', ...asked }),
  })

/** Sends requests until the examples are as wanted. */
const untilShown = (banyan: Tree, isWanted: (text: string) => boolean): Promise<void> =>
  until(async () => {
    await ask(banyan, QUERY)
    return isWanted(await shown(banyan))
  })

test('what a person reveals is kept by every process that comes, until it is ended, and then removed; all of it is on record', async () => {
  const banyan = await tree()
  const reveals = (...args: string[]) => cli(['reveals', ...args, '--admin', banyan.admin])
  await untilShown(banyan, (text) => text.includes('‹text'))
  expect(await shown(banyan)).not.toMatch(/Bujumbura|Gitega/)

  const typo = await begin(banyan, { coordinates: ['Country.captial'] })
  expect([typo.status, await typo.text()]).toEqual([400, expect.stringContaining('did you mean Country.capital?')])
  expect((await begin(banyan, { coordinates: ['Country.capital'], minutes: 1_441 })).status).toBe(400)
  expect((await begin(banyan, { coordinates: ['*'] })).status).toBe(400)

  const started = await reveals('start', 'Country.*', '--minutes', '30', '--why', 'which capital is it', '--by', 'ada')
  expect(started).toMatchObject({ code: 0 })
  expect(started.stdout).toContain('looks personal and is not shown unless it is named itself: Country.postcode')
  await untilShown(banyan, (text) => text.includes('"Bujumbura" "Gitega"'))
  expect(JSON.stringify(await banyan.get('/api/groups'))).not.toContain('90210')

  const [{ id } = { id: '' }] = await banyan.get<RevealView[]>('/api/reveals')
  const ended = await reveals('end', id, '--forget', '--why', 'seen enough', '--by', 'bob')
  expect(ended.stdout).toContain('ended by bob; what was kept is removed now')
  await untilShown(banyan, (text) => text.includes('‹text') && !/Bujumbura|Gitega/.test(text))
  expect(JSON.stringify(await banyan.get('/api/groups'))).not.toMatch(/Bujumbura|Gitega|Burundi/)
  expect((await reveals('list')).stdout).toMatch(/Country\.\*\s+everything\s+removed/)

  const record = (await banyan.get<AuditEntry[]>('/api/audit')).map(({ who, target, to }) => `${who}: ${target}: ${to}`)
  expect(record[0]).toBe('controller: values of Country.*: removed')
  expect(record[1]).toBe('bob: values of Country.*: removed')
  expect(record[2]).toMatch(/^ada: values of Country\.\*: kept until /)
})

test('a reveal survives an edge and the control process that die', async () => {
  const banyan = await tree()
  await untilShown(banyan, (text) => text.includes('‹text'))
  expect((await begin(banyan, { coordinates: ['Country.capital'] })).status).toBe(200)
  const before = await banyan.get<Status>('/api/status')
  for (const { pid } of before.processes) process.kill(pid, 'SIGKILL')
  await until(async () => {
    const status = await banyan.get<Status>('/api/status').catch(() => undefined)
    return status?.processes.every(({ ready, restarts }) => ready && restarts === 1) === true
  })
  await untilShown(banyan, (text) => text.includes('"Bujumbura" "Gitega"'))
  expect((await banyan.get<RevealView[]>('/api/reveals'))[0]?.isOpen).toBe(true)
})
