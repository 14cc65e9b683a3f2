import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Group } from '../../src/core/comparison/group.ts'
import { ask, startTree, type Tree } from '../support/banyan.ts'
import { otlpReceiver } from '../support/otlp.ts'
import { httpServer, until } from '../support/sockets.ts'

const SDL = `
  directive @pii on FIELD_DEFINITION
  scalar EmailAddress
  scalar JSON
  type Account { id: ID, name: String, nick: String @pii, contact: EmailAddress, accessToken: String, bag: JSON, tags: [String!], city: String }
  input Filter { owner: String, free: JSON }
  type Query { account(id: ID, filter: Filter, key: String): Account, other: Account }
`

/** A secret for each place that one could leak from, so that a leak names its place. */
const secret = (place: string): string => `Planted${place}Zq`
const SECRET = /Planted\w*/gi

/** What an origin says; `side` makes every value differ between the two. */
function accountOf(side: string): object {
  return {
    id: secret(`Id${side}`),
    nick: secret(`Directive${side}`),
    contact: `${secret(`Scalar${side}`)}@example.org`,
    accessToken: secret(`Name${side}`),
    bag: { [secret(`Key${side}`)]: secret(`Bag${side}`), deep: [{ [secret('DeepKey')]: side }] },
    tags: [secret(`Tag${side}`), secret('Tag')],
    [secret(`Unrequested${side}`)]: 1,
  }
}

const errorsOf = (side: string): object[] => [
  { message: `no '${secret('Quoted')}' here ${side}`, path: ['account', secret('ErrorPath')], extensions: { code: `${secret('Code')}9x` } },
  { message: `user ${secret('Variable')} of Ada ${secret('Surname')} failed at ${side}`, path: ['account', 'bag', secret('BagPath')] },
  {
    message: `see https://x.example/${secret('Url')}?a=b token=${secret('Pair')} ${secret('Mail')}@b.example ${secret('Digits')}77 ${side}`,
  },
  { message: `bad header ${side}`, extensions: { [secret('Extension')]: secret('ExtensionValue') } },
]

interface Said {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers by the name of the operation, each with secrets in another place. */
const ANSWERS: Readonly<Record<string, (side: string) => Said>> = {
  Values: (side) => ({ body: JSON.stringify({ data: { account: accountOf(side) }, [secret(`Member${side}`)]: 1 }) }),
  Errors: (side) => ({ body: JSON.stringify({ data: { account: null, other: { bag: side } }, errors: errorsOf(side) }) }),
  Plain: (side) => ({ body: JSON.stringify({ [secret(`Top${side}`)]: secret('TopValue'), list: [{ [secret('TopKey')]: side }] }) }),
  Html: (side) => ({
    status: side === 'legacy' ? 200 : 500,
    headers: { 'content-type': `text/html; boundary=${secret('Boundary')}${side}` },
    body: `<html>${secret('Html')}</html>${side}`,
  }),
  Heads: (side) => ({
    headers: {
      'set-cookie': `session=${secret('SetCookie')}${side}`,
      location: `/${secret('Location')}${side}`,
      'www-authenticate': `Bearer realm="${secret('Realm')}${side}"`,
      'cache-control': `private="${secret('CacheControl')}${side}"`,
      vary: `x-${secret('Vary')}-${side}`,
      'x-own': secret('Header'),
    },
    body: '{"data":{"other":{"city":"x"}}}',
  }),
  Literal: (side) => ({ body: JSON.stringify({ data: { account: { city: secret(`City${side}`) } } }) }),
}

function origin(side: string) {
  return httpServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const text = `${decodeURIComponent(request.url ?? '')}${body}`
      const name = Object.keys(ANSWERS).find((one) => text.includes(`query ${one}`)) ?? 'Values'
      const { status = 200, headers = {}, body: said } = ANSWERS[name]?.(side) ?? { body: '' }
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(said)
    })
  })
}

const FIELDS = 'id nick contact accessToken bag tags'
const DOCUMENTS: Readonly<Record<string, string>> = {
  Values: `# ${secret('Comment')}\nquery Values($filter: Filter, $id: ID) { account(id: $id, filter: $filter) { ${FIELDS} } }`,
  Errors: 'query Errors($filter: Filter) { account(filter: $filter) { bag } other { bag } }',
  Plain: 'query Plain { other { bag } }',
  Html: 'query Html { other { bag } }',
  Heads: 'query Heads { other { city } }',
  Literal: `query Literal($s: String = "${secret('Default')}") { account(id: "${secret('Literal')}", key: """${secret('Block')}""", filter: { owner: "${secret('Nested')}" }) { city } }`,
}

const headers = {
  'content-type': 'application/json',
  authorization: `Bearer ${secret('Authorization')}`,
  cookie: `session=${secret('Cookie')}`,
  'x-user': secret('Subject'),
  'x-own': secret('RequestHeader'),
  'x-region': secret('Region'),
  baggage: `user=${secret('Baggage')}`,
  tracestate: `a=${secret('TraceState')}`,
}

/** Requests that are read, and those that nobody can read. */
async function traffic(banyan: Tree): Promise<void> {
  const variables = {
    id: secret('VariableId'),
    filter: { owner: secret('Variable'), free: { [secret('VariableKey')]: secret('FreeValue') } },
    [secret('UnknownVariable')]: 1,
  }
  const root = new URL('/', banyan.url).href
  for (const [operationName, query] of Object.entries(DOCUMENTS)) {
    const body = JSON.stringify({ query, operationName, variables, extensions: { note: secret('RequestExtension') } })
    await fetch(`${banyan.url}?token=${secret('QueryString')}`, { method: 'POST', headers, body })
  }
  const get = new URLSearchParams({ query: 'query Literal { account { city } }', token: secret('Get') })
  await fetch(`${banyan.url}?${get.toString()}`, { headers })
  for (const body of [`{"query":"{ ${secret('Broken')}`, secret('NotJson'), `[{"query":"{ ${secret('Batch')} }"}]`])
    await fetch(banyan.url, { method: 'POST', headers, body })
  await fetch(`${root}${secret('Path')}?key=${secret('OtherQuery')}`, { method: 'PUT', headers, body: secret('Body') })
  await fetch(`${banyan.admin}/api/groups/${secret('Asked')}`)
}

/** Everything that the admin port says. */
async function adminAnswers(banyan: Tree): Promise<string> {
  const keys = new Set((await banyan.overview()).rows.map(({ operation }) => operation))
  const groups = await banyan.get<Group[]>('/api/groups?limit=200')
  const paths = [
    '/api/overview?minutes=60',
    '/api/groups?limit=200',
    '/api/flags',
    '/api/rollouts',
    '/api/rules',
    '/api/reveals',
    '/api/rollouts/groups',
    '/api/audit',
    '/api/status',
    '/metrics',
    '/readyz',
    ...[...keys].map((key) => `/api/operations/${encodeURIComponent(key)}?minutes=60`),
    ...groups.map(({ id }) => `/api/groups/${id}`),
  ]
  const texts = await Promise.all(paths.map(async (path) => (await fetch(`${banyan.admin}${path}`)).text()))
  return texts.join('\n')
}

function filesBelow(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))))
}

const found = (text: string): string[] => [...new Set(text.match(SECRET) ?? [])].toSorted()

test('no secret of a client or a backend reaches the store, the logs, the spans or the admin API', async () => {
  const [legacy, candidate, received] = [await origin('legacy'), await origin('candidate'), await otlpReceiver()]
  const schema = join(mkdtempSync(join(tmpdir(), 'banyan-sdl-')), 'schema.graphql')
  onTestFinished(() => rmSync(dirname(schema), { recursive: true }))
  writeFileSync(schema, SDL)
  const banyan = await startTree(
    {
      backends: {
        legacy: { url: `${legacy.url.replace('//', `//user:${secret('Password')}@`)}/graphql`, schema },
        candidate: { url: `${candidate.url}/graphql`, schema },
      },
      region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
      subject: { header: 'x-user' },
      control: { sample: 1 },
      operations: [{ match: 'query:*', stage: 'shadow' }],
    },
    { OTEL_EXPORTER_OTLP_ENDPOINT: received.url, LOG_LEVEL: 'trace' },
  )
  await traffic(banyan)
  await until(async () => (await banyan.overview()).rows.reduce((sum, { summary }) => sum + summary.compared, 0) === 7)
  await until(() => received.spans.filter(({ name }) => name === 'banyan.compare').length >= 7)
  const answers = await adminAnswers(banyan)
  const { classes } = (await banyan.overview()).rows.reduce((all, { summary }) => ({ classes: { ...all.classes, ...summary.classes } }), {
    classes: {},
  })
  banyan.signal('SIGTERM')
  const { stdout, stderr } = await banyan.ended

  expect(Object.keys(classes).length).toBeGreaterThan(2)
  expect(answers).toContain('Account.nick')
  const folder = dirname(banyan.configFile)
  writeFileSync(banyan.configFile, '') // holds a password: it is the operator's own
  expect({
    admin: found(answers),
    spans: found(received.bytes().toString('latin1')),
    logs: found(`${stdout}${stderr}`),
    store: found(filesBelow(folder).toString('latin1')),
  }).toEqual({ admin: [], spans: [], logs: [], store: [] })
})

test('examples are kept of the regions that the config names, and counts of all', async () => {
  const [legacy, candidate] = [await origin('legacy'), await origin('candidate')]
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
    privacy: { allow: ['*'], regions: ['us'] },
    operations: [{ match: 'query:*', stage: 'shadow' }],
  })
  for (const region of ['eu', 'us', 'eu']) await ask(banyan, 'query Literal { account { city } }', { 'x-region': region })
  await until(async () => (await banyan.overview()).rows.reduce((sum, { summary }) => sum + summary.compared, 0) === 3)
  const [group] = await banyan.get<Group[]>('/api/groups')
  expect(group?.counts.map(({ region, count }) => `${region} ${count}`).toSorted()).toEqual(['eu 2', 'us 1'])
  expect(group?.examples.map(({ region }) => region)).toEqual(['us'])
})
