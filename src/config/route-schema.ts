import { z } from 'zod'
import { REST_METHODS } from '../core/operation/rest.ts'

const route = z.strictObject({
  path: z
    .string()
    .startsWith('/')
    .describe('template of paths: /users/{id}, or /static/* with everything below; the most specific one decides'),
  methods: z.array(z.enum(REST_METHODS)).min(1).optional().describe('each of them on this path is a REST operation'),
  name: z
    .string()
    .regex(/^[A-Za-z_]\w{0,99}$/)
    .optional()
    .describe('what the operations are called; without it, by method and path: read:GET /users/{id}'),
  effect: z
    .enum(['read', 'write'])
    .optional()
    .describe('what the operations do to a backend; without it GET reads and all others write. Only reads are mirrored like queries'),
  maps: z
    .array(z.string().min(1))
    .optional()
    .describe('places of objects in answers whose keys are data, as in coordinates: users, items[].byName; no such key is ever kept'),
  backend: z
    .enum(['legacy', 'candidate'])
    .optional()
    .describe('in place of methods: every request for this path goes there, and is no operation'),
})

/** The route table, as `banyan.yaml` has it. */
export const Routes = z
  .array(route)
  .prefault([])
  .describe('what becomes of requests that are not GraphQL; those for no path here go to legacy: see docs/rest.md')
