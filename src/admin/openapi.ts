import { z } from 'zod'
import { Refusal } from './answers.ts'
import { ROUTES, type Route } from './routes.ts'

/** In words what the statuses of refusals mean. */
const REFUSALS: Readonly<Record<401 | 403 | 500 | Route['refusals'][number], string>> = {
  400: 'the request is wrong; the message names the member',
  401: 'the token is missing or wrong',
  403: 'host name or origin of the request are not served',
  404: 'there is no such thing',
  409: 'it was changed meanwhile, or is not changed here',
  413: 'the body is too large',
  415: 'the body is not JSON',
  500: 'the control process could not answer',
  503: 'too many listeners',
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...members } = z.toJSONSchema(schema, { io })
  return members
}

/** The API in OpenAPI 3.1, made from the table that the server routes by. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [operationId, route] of Object.entries<Route>(ROUTES)) {
    const path = `/api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [route.method]: operation(operationId, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Banyan admin API', version, description: 'Evidence, differences and flags of a running Banyan. See docs/api.md.' },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'wanted where the config names a token' } },
      schemas: { Refusal: jsonSchema(Refusal, 'output') },
    },
    security: [{}, { token: [] }],
  }
}

function operation(operationId: string, { path, summary, query, body, answer, refusals }: Route): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...members } = z.toJSONSchema(schema, { io: 'input' })
    return {
      name,
      in: 'query',
      required: false,
      ...(description === undefined ? {} : { description }),
      schema: { ...members, $schema: undefined },
    }
  })
  const requestBody =
    body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }
  return { operationId, summary, parameters: [...inPath, ...inQuery], ...requestBody, responses: responses(answer, refusals) }
}

function responses(answer: Route['answer'], refusals: Route['refusals']): object {
  const content =
    typeof answer === 'string'
      ? { [answer]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: jsonSchema(answer, 'output') } }
  const refused = ([401, 403, 500, ...refusals] as const)
    .toSorted()
    .map((status) => [
      String(status),
      { description: REFUSALS[status], content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } } },
    ])
  return { 200: { description: 'ok', content }, ...Object.fromEntries(refused) }
}
