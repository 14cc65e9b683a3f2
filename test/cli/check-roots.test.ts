import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { cli } from '../support/banyan.ts'

function folder(schemas: Readonly<Partial<Record<'legacy' | 'candidate', string>>>): string {
  const path = mkdtempSync(join(tmpdir(), 'banyan-roots-'))
  for (const [origin, sdl] of Object.entries(schemas)) writeFileSync(join(path, `${origin}.graphql`), sdl)
  const backend = (origin: 'legacy' | 'candidate', port: number): object => ({
    url: `http://127.0.0.1:${port}/graphql`,
    ...(schemas[origin] === undefined ? {} : { schema: `${origin}.graphql` }),
  })
  const config = { backends: { legacy: backend('legacy', 1), candidate: backend('candidate', 2) }, mirror: { deny: ['Query.seen'] } }
  writeFileSync(join(path, 'banyan.yaml'), stringify(config))
  return join(path, 'banyan.yaml')
}

const SCHEMAS = {
  legacy: 'schema { query: Root mutation: Mutation } type Root { user: Int seen: Int refreshToken: String } type Mutation { login: Int }',
  candidate: 'type Query { user: Int news: Int } type Mutation { addReview: Int }',
}

test('`check --roots` lists every root field of both schemas, with what keeps it from a second backend', async () => {
  const { code, stdout } = await cli(['check', folder(SCHEMAS), '--roots', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    roots: [
      { field: 'Query.user', schemas: ['legacy', 'candidate'] },
      { field: 'Query.seen', schemas: ['legacy'], denied: 'Query.seen' },
      { field: 'Query.refreshToken', schemas: ['legacy'], denied: 'token' },
      { field: 'Query.news', schemas: ['candidate'] },
      { field: 'Mutation.login', schemas: ['legacy'], denied: 'login' },
      { field: 'Mutation.addReview', schemas: ['candidate'] },
    ],
  })
  const text = await cli(['check', folder(SCHEMAS), '--roots'])
  expect(text.stdout).toMatch(/^field +schemas +mirroring\n/)
  expect(text.stdout).toMatch(/\nQuery\.seen +legacy +never mirrored: Query\.seen\n/)
})

test('`check --roots` says so where no schema is named', async () => {
  expect(await cli(['check', folder({}), '--roots'])).toMatchObject({ code: 0, stdout: 'no schema is named in backends.*.schema\n' })
})
