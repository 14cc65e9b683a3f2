import { z } from 'zod'
import { StageBody } from './stage-body.ts'

/** Every route of the API: method, path, what it gives. A test compares the list with what is served. */
export const ROUTES = [
  { method: 'get', path: '/api/overview', summary: 'Operations and regions: stage, traffic, coverage, parity, latency', query: ['minutes', 'region'] },
  { method: 'get', path: '/api/operations/{key}', summary: 'One operation with its groups of differences', query: ['minutes'] },
  { method: 'get', path: '/api/groups', summary: 'Groups of differences, most frequent first', query: ['operation', 'region', 'limit'] },
  { method: 'get', path: '/api/groups/{id}', summary: 'One group with its examples', query: [] },
  { method: 'get', path: '/api/flags', summary: 'What the flags say, a line for each region', query: [] },
  { method: 'post', path: '/api/flags/stage', summary: 'Sets the stage of an operation in a region', query: [] },
  { method: 'get', path: '/api/audit', summary: 'Changes of flags, newest first', query: ['limit'] },
  { method: 'get', path: '/api/status', summary: 'Version, store, backends and processes', query: [] },
  { method: 'get', path: '/api/events', summary: 'Server-sent events: `change` when there is something new', query: [] },
] as const

/** The API in OpenAPI 3.1. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, path, summary, query } of ROUTES) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
    const inQuery = query.map((name) => ({ name, in: 'query', schema: { type: name === 'minutes' || name === 'limit' ? 'number' : 'string' } }))
    const body = method === 'post' ? { requestBody: { content: { 'application/json': { schema: z.toJSONSchema(StageBody, { io: 'input' }) } } } } : {}
    paths[path] = { ...paths[path], [method]: { summary, parameters: [...inPath, ...inQuery], ...body, responses: { 200: { description: 'ok' } } } }
  }
  return { openapi: '3.1.0', info: { title: 'Banyan admin API', version: '1' }, paths }
}
