import { z } from 'zod'
import { listenTls } from './tls-schema.ts'

const proxies = z.union([z.enum(['loopback', 'private']), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

/** The data plane: where it listens, and what it makes of those who come. */
export const listen = z
  .strictObject({
    host: z.string().prefault('0.0.0.0'),
    port: z.int().min(0).max(65_535).prefault(4000),
    path: z.string().startsWith('/').prefault('/graphql').describe('where clients send GraphQL'),
    trustedProxies: z
      .array(proxies)
      .prefault(['loopback', 'private'])
      .describe(
        'whose X-Forwarded-* and Forwarded are believed: addresses, ranges (10.1.0.0/16), loopback, private; from others they are replaced',
      ),
    forwarded: z
      .enum(['keep', 'append'])
      .prefault('keep')
      .describe('keep: what a trusted proxy says passes as it is; append: the address that Banyan sees is added'),
    tls: listenTls,
    drainMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .prefault(15_000)
      .describe(
        'what open requests, streams and WebSockets get to end after SIGTERM, or when their edge is replaced; Banyan needs 10 s more, and Kubernetes gives 30 s in all',
      ),
  })
  .prefault({})
  .describe('the data plane')
