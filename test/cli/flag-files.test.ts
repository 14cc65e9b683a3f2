import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FlagFile } from '../../src/admin/control-plane.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { httpServer, until } from '../support/sockets.ts'

const named = (from: string) =>
  httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { from } }))
  })

async function start(): Promise<Tree> {
  const [legacy, candidate] = [await named('legacy'), await named('candidate')]
  return startTree({ backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } } })
}

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'banyan-flags-')), 'flags.json')
  writeFileSync(path, text)
  return path
}

describe('flags', () => {
  test('go out of one Banyan and into another, where they hold, and stand in its record', { timeout: 180_000 }, async () => {
    const [from, to] = [await start(), await start()]
    await ask(from, 'query Who { from }')
    await until(async () => (await from.overview()).rows.length === 1)
    await cli(['flags', 'set', 'Who', '--why', 'a test', '--stage', 'complete', '--admin', from.admin])
    const exported = await cli(['flags', 'export', '--admin', from.admin])
    expect(Object.keys((JSON.parse(exported.stdout) as FlagFile).flags)).toEqual(['banyan.query.Who'])

    const path = file(exported.stdout)
    const take = (...args: string[]) => cli(['flags', 'import', path, '--why', 'moved', '--by', 'ada', '--admin', to.admin, ...args])
    expect(await take('--dry-run')).toMatchObject({ code: 0, stdout: 'would be created: banyan.query.Who\n' })
    expect((await ask(to, 'query Who { from }')).text).toContain('legacy')
    expect(await take()).toMatchObject({ code: 0, stdout: 'created: banyan.query.Who\n' })
    await until(async () => (await ask(to, 'query Who { from }')).text.includes('candidate'))
    expect(await take()).toMatchObject({ code: 0, stdout: 'same: banyan.query.Who\n' })
    expect(await take('--if-unchanged')).toMatchObject({ code: 0, stdout: 'same: banyan.query.Who\n' })
    const { flags } = JSON.parse(exported.stdout) as FlagFile
    const stale = file(JSON.stringify({ flags: { who: { ...flags['banyan.query.Who'], on: false, version: 7 } } }))
    const late = (...args: string[]) => cli(['flags', 'import', stale, '--if-unchanged', '--why', 'late', '--admin', to.admin, ...args])
    for (const args of [[], ['--dry-run']]) {
      const refused = await late(...args)
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('the flag banyan.query.Who is at version 1, and not at 7: it was changed meanwhile')
    }
    expect(await to.get<AuditEntry[]>('/api/audit')).toMatchObject([
      { who: 'ada', target: 'banyan.query.Who', from: 'no flag', why: 'moved' },
    ])
    expect(await cli(['flags', 'lint', '--admin', to.admin])).toMatchObject({ code: 0, stdout: 'the flags are fine\n' })
  })

  test('that would do what nobody can mean are refused, and nothing is changed', async () => {
    const banyan = await start()
    const flag = { key: 'banyan.query.A', version: 1, on: true, variations: ['off', 'live'], fallthrough: { variation: 0 } }
    const take = (text: string) => cli(['flags', 'import', file(text), '--why', 'moved', '--admin', banyan.admin])
    const trap = { ...flag, rules: [{ id: 'all', variation: 1, clauses: [] }] }
    expect(await take(JSON.stringify({ flags: { a: trap } }))).toMatchObject({
      code: 2,
      stderr:
        'banyan: banyan.query.A: rules[0].clauses: a rule without clauses matches everybody\n  fix: add a clause, or use the fallthrough\n',
    })
    expect(await take(JSON.stringify({ flags: { a: { ...flag, variations: 'live' } } }))).toMatchObject({ code: 2 })
    expect(await take('no JSON')).toMatchObject({ code: 2, stderr: expect.stringContaining('is no JSON') })
    // A file is taken whole or not at all: the first of these would be fine.
    const two = await take(JSON.stringify({ flags: { a: flag, b: { ...trap, key: 'banyan.query.B' } } }))
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining('banyan.query.B: rules[0].clauses') })
    for (const [file, message] of [
      [{ flags: {} }, 'has no flag of an operation'],
      [{ flags: { 'banyan.query.A': null } }, 'banyan.query.A has no `key`'],
      [{ flags: { 'banyan.query.A': { ...flag, key: undefined } } }, 'banyan.query.A has no `key`'],
    ] as const)
      expect(await take(JSON.stringify(file))).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
    expect(await banyan.get('/api/flags')).toEqual([])
  })

  test(
    'go out and in again beside an emergency, which no import switches; a segment is tried and taken out',
    { timeout: 120_000 },
    async () => {
      const banyan = await start()
      const run = (...args: string[]) => cli([...args, '--admin', banyan.admin])
      const asks = { contextKind: 'user', attribute: 'key', op: 'segmentMatch', values: ['staff'] }
      const flag = {
        key: 'banyan.query.A',
        version: 1,
        on: true,
        variations: ['off', 'live'],
        offVariation: 0,
        fallthrough: { variation: 0 },
        rules: [{ id: 'staff', variation: 1, clauses: [asks] }],
      }
      const both = file(JSON.stringify({ flags: { a: flag }, segments: { staff: { key: 'staff', version: 1, included: ['ada'] } } }))
      // The dry run knows that the segment comes before the flag that asks for it.
      const done = (how: string) => ({ code: 0, stdout: `${how}created: segment staff\n${how}created: banyan.query.A\n` })
      expect(await run('flags', 'import', both, '--why', 'moved', '--dry-run')).toMatchObject(done('would be '))
      expect(await run('flags', 'import', both, '--why', 'moved')).toMatchObject(done(''))
      expect(await run('rollback', '--all', '--why', 'a test')).toMatchObject({ code: 0 })
      const exported = await run('flags', 'export')
      expect(exported.stdout).toContain('banyan.everything-to-legacy')
      expect(await run('flags', 'import', file(exported.stdout), '--why', 'back')).toMatchObject({
        code: 0,
        stdout: 'same: segment staff\nsame: banyan.query.A\n',
      })
      const remove = (...args: string[]) => run('flags', 'remove-segment', ...args, '--why', 'gone')
      expect(await remove('staff')).toMatchObject({ code: 2, stderr: expect.stringContaining('banyan.query.A asks for the segment staff') })
      expect(await remove('nobody', '--dry-run')).toMatchObject({ code: 0, stdout: 'nothing to change: there is no segment nobody\n' })
      const alone = file(JSON.stringify({ flags: { a: { ...flag, rules: [] } } }))
      expect(await run('flags', 'import', alone, '--why', 'nobody asks')).toMatchObject({ code: 0, stdout: 'changed: banyan.query.A\n' })
      expect(await remove('staff', '--dry-run')).toMatchObject({ code: 0, stdout: 'would be removed: segment staff\n' })
      expect((await banyan.get<FlagFile>('/api/flags/export')).segments).toHaveProperty('staff')
      expect(await remove('staff')).toMatchObject({ code: 0, stdout: 'removed: segment staff\n' })
      expect((await banyan.get<FlagFile>('/api/flags/export')).segments).toEqual({})
    },
  )
})
