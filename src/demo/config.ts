import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConfigInput } from '../config/schema.ts'

/** Where the parts of one demo are. */
export interface Places {
  /** Ports, all on this machine. */
  readonly legacy: number
  readonly candidate: number
  readonly port: number
  readonly adminPort: number
  readonly regions: readonly string[]
  /** Folder of the demo, which is removed when it ends. */
  readonly folder: string
}

/** The config that the demo's router runs on, as an operator would write it. */
export function demoConfig({ legacy, candidate, port, adminPort, regions, folder }: Places): ConfigInput {
  const schema = (name: string): string => fileURLToPath(new URL(`./schema/${name}.graphql`, import.meta.url))
  const url = (backend: number): string => `http://127.0.0.1:${backend}/graphql`
  return {
    listen: { host: '127.0.0.1', port },
    admin: { port: adminPort },
    region: { header: 'x-region', allow: [...regions], fallback: regions[0] ?? '' },
    environment: 'demo',
    backends: {
      legacy: { url: url(legacy), schema: schema('legacy'), profile: 'apollo' },
      candidate: { url: url(candidate), schema: schema('candidate'), profile: 'yoga' },
    },
    subject: { header: 'x-user-id' },
    mirror: { sample: 1 },
    control: { sample: 0.05 },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    // The demo's data are public.
    privacy: { allow: ['*'] },
    store: { url: `pglite:${join(folder, 'store')}` },
  }
}
