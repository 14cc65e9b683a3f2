import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { createAdminApp } from '../../src/admin/api.ts'
import { openApi } from '../../src/admin/openapi.ts'
import { startAdmin } from './admin.ts'
import { createPlane } from './plane.ts'

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string
            readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>>
          }
        >
      >
    >
  >
}

// The cast holds: it is what the tests look at, and they fail where it does not.
const { paths } = openApi('0') as Description
const described = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
)

test('every route that is served is described, and nothing else', () => {
  const app = createAdminApp(createPlane(), { assets: '' })
  const served = app.routes
    .filter(({ path, method }) => path.startsWith('/api/') && !path.endsWith('*') && method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(described.toSorted()).toEqual([...new Set(served)].toSorted())
})

test('what is served fits the schema that is described', async () => {
  const { ask } = await startAdmin()
  const ajv = new Ajv2020({ strict: false })
  const description = (await (await ask('/api/openapi.json')).json()) as Description // ours
  for (const path of ['/api/overview', '/api/groups', '/api/flags', '/api/rules', '/api/audit', '/api/status']) {
    const schema = description.paths[path]?.['get']?.responses['200']?.content['application/json']?.schema ?? false
    const isValid = ajv.compile(schema)
    expect(isValid(await (await ask(path)).json()), `${path}: ${ajv.errorsText(isValid.errors)}`).toBe(true)
  }
})

test('operations have different names', () => {
  const names = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
  expect(new Set(names).size).toBe(names.length)
})

test('the page about the API names every route', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| `(GET|POST) (\/api[^?`]*)/gm)].map(([, method, path]) => `${method} ${path}`)
  expect(named.toSorted()).toEqual(described.toSorted())
})
