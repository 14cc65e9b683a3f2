import { z } from 'zod'
import { flags } from './flag-settings.ts'
import { IDENTIFY_LIMITS } from '../core/operation/identify.ts'
import { GateNumbers, GuardConfig } from './gate-schema.ts'
import { NOTICES } from '../core/rollout/notice.ts'
import { ID_MEMBERS, ID_SEGMENTS } from '../core/operation/document-id.ts'
import { PROFILES } from '../core/operation/profile.ts'
import { listen } from './listen-schema.ts'
import { placeLimit } from './place-schema.ts'
import { denied, operationPolicy, writes } from './policy-schema.ts'
import { Routes } from './route-schema.ts'
import { adminTls, backendTls, backendUrl, protocol } from './tls-schema.ts'

/** One backend. `url` is the GraphQL endpoint; the rest of its host gets everything that is not GraphQL. */
const backend = z.strictObject({
  url: backendUrl,
  protocol,
  tls: backendTls,
  schema: z.string().optional().describe('SDL file, relative to this file; gives differences their schema coordinates'),
  buildHeader: z
    .string()
    .regex(/^[\w-]+$/)
    .optional()
    .describe('response header in which this backend names its build; groups of differences are counted by the build of the candidate'),
  timeoutMs: z.int().min(1).max(600_000).prefault(30_000).describe('longest wait for the head of an answer, and between two of its parts'),
  streamIdleMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .prefault(0)
    .describe(
      'longest silence within an answer that lasts as long as a client listens (event stream, subscription over multipart), in place of timeoutMs; 0: as long as both sides like',
    ),
  limit: placeLimit,
  batches: z.boolean().prefault(false).describe('takes an array of requests and answers with an array'),
  uploads: z.boolean().prefault(false).describe('takes GraphQL multipart requests'),
  profile: z.enum(PROFILES).prefault('generic').describe('which sources of the query the server honours: see docs/graphql.md'),
})

const sample = z.number().min(0).max(1)
const port = z.int().min(0).max(65_535)

const milliseconds = z.int().min(1).max(86_400_000)

/** What one client may cost; past it the client is turned away, and counted in `banyan.refused`. */
const limits = z.strictObject({
  connections: z.int().min(1).max(1_000_000).prefault(10_000).describe('open connections of one edge'),
  headerBytes: z.int().min(1_024).max(1_048_576).prefault(32_768).describe('request line and header lines together'),
  urlBytes: z.int().min(64).max(1_048_576).prefault(16_384).describe('the target of a request'),
  bodyBytes: z.int().min(1_024).max(1_099_511_627_776).prefault(104_857_600).describe('the body of a request, uploads included'),
  headersMs: milliseconds.prefault(15_000).describe('longest wait for the head of a request'),
  bodyMs: milliseconds.prefault(20_000).describe('longest wait for a GraphQL body that is read before a backend is asked'),
  requestMs: milliseconds.prefault(300_000).describe('longest wait for a whole request, uploads included'),
  readMs: milliseconds.prefault(60_000).describe('longest wait for a client that takes nothing of its answer'),
  idleMs: milliseconds
    .prefault(65_000)
    .describe('how long a connection may be idle; above the 60 s of common load balancers, so that they close it first and never race us'),
})

const documents = z.strictObject({
  characters: z
    .int()
    .min(1)
    .max(16_777_216)
    .prefault(IDENTIFY_LIMITS.characters)
    .describe('length of a document; of a batch, that of all of its documents together'),
  tokens: z.int().min(1).max(1_000_000).prefault(IDENTIFY_LIMITS.tokens).describe('tokens of a document'),
  depth: z.int().min(1).max(1_000).prefault(IDENTIFY_LIMITS.depth).describe('selections, lists and objects within one another'),
  aliases: z.int().min(0).max(1_000_000).prefault(IDENTIFY_LIMITS.aliases).describe('fields under a name of their own'),
})
/** The shape of `banyan.yaml`: types, checks and `rules/schema.json` come from here. */
export const Config = z.strictObject({
  listen,
  admin: z
    .strictObject({
      host: z.string().prefault('127.0.0.1'),
      port: port.prefault(4001),
      tokenEnv: z.string().optional().describe('environment variable with the bearer token; required on a host that is not loopback'),
      viewerTokenEnv: z
        .string()
        .optional()
        .describe('environment variable with a second token that may read everything and change nothing'),
      tls: adminTls,
    })
    .prefault({})
    .describe('dashboard, API, health and metrics'),
  workers: z.int().min(1).max(64).optional().describe('edge processes; default: cores - 1, at least 1'),
  limits: limits.prefault({}).describe('what one client may cost'),
  documents: documents
    .prefault({})
    .describe('what a document may cost to classify; past it the request is served by legacy, and counted as too-large'),
  region: z
    .union([
      z.strictObject({ value: z.string().min(1) }),
      z.strictObject({ header: z.string().min(1), allow: z.array(z.string().min(1)).min(1), fallback: z.string().min(1) }),
    ])
    .prefault({ value: 'default' })
    .describe('the label that requests are routed under: fixed, or from a header with a list of known values'),
  environment: z.string().min(1).prefault('production'),
  backends: z.strictObject({ legacy: backend, candidate: backend }),
  subject: z
    .union([
      z.strictObject({ header: z.string().min(1) }),
      z.strictObject({ cookie: z.string().min(1) }),
      z.strictObject({ claim: z.string().min(1) }),
    ])
    .optional()
    .describe('who percentages are bucketed by; without it, and where it is missing, the client address'),
  mirror: z
    .strictObject({
      sample: sample.prefault(1),
      maxInFlight: z.int().min(1).max(10_000).prefault(64),
      maxBodyBytes: z
        .int()
        .min(1024)
        .max(16_777_216)
        .prefault(1_048_576)
        .describe('largest request and answer that is mirrored and compared'),
      timeoutMs: z.int().min(1).max(600_000).prefault(10_000),
      confirm: z
        .strictObject({
          perSecond: z
            .int()
            .min(0)
            .max(1_000)
            .prefault(1)
            .describe('queries of one operation and edge in a second; 0: differences are taken as they are'),
          delayMs: z.int().min(0).max(60_000).prefault(200).describe('how long after the first answers'),
        })
        .prefault({})
        .describe('queries with a blocking difference are asked again, both origins, in the other order: what is gone then was a race'),
      nearWriteMs: z
        .int()
        .min(0)
        .max(60_000)
        .prefault(2_000)
        .describe(
          'how long reads of a session may differ after a write of it: such a difference counts only when it is there again after that time; 0: it counts at once',
        ),
      repeatMs: z
        .int()
        .min(0)
        .max(3_600_000)
        .prefault(60_000)
        .describe('how long what one client asks again is no new evidence for gates and guard, by the clock; 0: each request is'),
      deny: denied.prefault([]),
      credentials: z
        .array(z.string())
        .prefault([])
        .describe(
          'credential headers that the shadow may see, for example [authorization]; all others are removed, and proofs that are good for one request always',
        ),
    })
    .prefault({}),
  control: z
    .strictObject({ sample: sample.prefault(0) })
    .prefault({})
    .describe('share of mirrored requests that legacy answers a second time, to measure noise'),
  operations: z.array(operationPolicy).prefault([]).describe('policies by key or pattern; of each key the last match wins'),
  cursors: z
    .strictObject({
      arguments: z.array(z.string().min(1)).min(1).prefault(['after', 'before']).describe('names of arguments that take a cursor'),
      legacy: z
        .array(z.string().min(1))
        .min(1)
        .describe(
          'what cursors look like that legacy made and the candidate does not: patterns with *. Queries with such a one in a variable go to legacy',
        ),
    })
    .optional()
    .describe('keeps a pagination at the backend that began it: see docs/flags.md'),
  routes: Routes,
  writes: writes.prefault({}).describe('how mutations come to a second backend: see docs/writes.md'),
  store: z
    .strictObject({
      url: z
        .string()
        .regex(/^(pglite:.+|postgres(ql)?:\/\/.+)$/, 'must be pglite:<folder> or postgres://…')
        .prefault('pglite:./.banyan')
        .describe('DATABASE_URL wins over it'),
      retentionDays: z.int().min(1).max(3_650).prefault(30),
    })
    .prefault({}),
  flags: flags.prefault({ provider: 'store' }),
  privacy: z
    .strictObject({
      allow: z
        .array(z.string().min(1))
        .prefault([])
        .describe(
          'coordinates whose values examples may keep: Country.name, Country.* or *; names that look personal are never kept by a wildcard',
        ),
      regions: z
        .array(z.string().min(1))
        .optional()
        .describe('regions whose examples are kept; without it, all. The others give counts only, so that values stay in their region'),
      hashKeyEnv: z
        .string()
        .optional()
        .describe(
          'environment variable with the key of the hashes that stand for values, and of counting; without it every start has a key of its own for values, and the store keeps one for counting',
        ),
    })
    .prefault({}),
  persisted: z
    .strictObject({
      manifests: z.array(z.string()).prefault([]).describe('files with stored documents by their ids, relative to this file'),
      idMembers: z
        .array(z.string().min(1))
        .prefault([...ID_MEMBERS])
        .describe('members of a request that may hold such an id'),
      pathIds: z
        .array(z.string().min(1))
        .prefault([...ID_SEGMENTS])
        .describe('what a segment behind listen.path looks like that is such an id: patterns with *, for example sha256:* or *'),
      learn: z.boolean().prefault(true).describe('remember documents that clients send with their hash (APQ); in memory only'),
    })
    .prefault({})
    .describe('persisted documents and automatic persisted queries: see docs/graphql.md'),
  compare: z.array(z.string()).prefault([]).describe('files with rules about comparing, relative to this file'),
  packs: z
    .array(z.string())
    .prefault([])
    .describe('ready-made rules that are wanted, by name: docs/rules.md lists them; rules of `compare` are stronger'),
  rollouts: z.array(z.string()).prefault([]).describe('files with plans, one each, relative to this file'),
  gates: GateNumbers.prefault({}).describe(
    'what evidence has to show, in plans that say nothing else, in the dashboard and for `banyan gate`: see docs/gates.md',
  ),
  guard: GuardConfig.prefault({}).describe('what the guard lets pass where the candidate serves'),
  notify: z
    .array(
      z.strictObject({
        url: z.url().optional().describe('receiver of webhooks'),
        urlEnv: z.string().min(1).optional().describe('environment variable with its address, where that is a secret, as with Slack'),
        secretEnv: z.string().min(1).optional().describe('environment variable with the secret that webhooks are signed with'),
        format: z.enum(['json', 'slack']).prefault('json'),
        on: z
          .array(z.enum(NOTICES))
          .min(1)
          .prefault([...NOTICES])
          .describe('what it is told of'),
      }),
    )
    .prefault([])
    .describe('who is told what rollouts do'),
})

export type Config = z.output<typeof Config>
/** What a file may say: everything with a default is optional. */
export type ConfigInput = z.input<typeof Config>
