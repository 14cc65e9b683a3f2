import type { RuleView, TrialView } from '../../src/admin/rule-views.ts'
import type { OverviewRow, Status } from '../../src/admin/control-plane.ts'
import type { DifferenceClass } from '../../src/core/comparison/comparison.ts'
import type { Fix } from '../../src/core/triage/fix-first.ts'
import type { GroupView } from '../../src/admin/group-views.ts'
import type { Example } from '../../src/core/comparison/group.ts'
import type { SeenOperation } from '../../src/core/evidence/batch.ts'
import type { Evidence, Outcome } from '../../src/core/evidence/evidence.ts'
import { bucketOf, type Histogram } from '../../src/core/evidence/histogram.ts'
import { PairCounts } from '../../src/core/evidence/pairs.ts'
import { summarise } from '../../src/core/evidence/summary.ts'
import type { OperationType } from '../../src/core/operation/operation.ts'
import { GATE_DEFAULTS } from '../../src/core/evidence/gates.ts'
import { judge } from '../../src/core/rollout/judge.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { STAGES } from '../../src/core/routing/stage.ts'
import type { Flag } from '../../src/core/routing/flag.ts'
import type { Segment } from '../../src/core/routing/segment.ts'
import type { FlagLine } from '../../src/core/routing/flag-lines.ts'
import type { Stage } from '../../src/core/routing/stage.ts'

/** The moment at which everything here was "just now". */
export const NOW = Date.UTC(2026, 10, 24, 13, 5, 0)

/** What a client may call its operation when GraphQL's grammar does not stop it, as in `~other` labels of old stores. */
export const HOSTILE = '<img src=x onerror="document.title=\'owned\'">'

const operation = (type: OperationType, name: string, signature: string, document: string): SeenOperation => ({
  key: `${type}:${name}#${signature}`,
  type,
  name,
  signature,
  document,
  firstSeen: NOW - 6 * 86_400_000,
  lastSeen: NOW - 2_000,
})

export const PRODUCT = operation(
  'query',
  'ProductPage',
  '9f2c61d0a4b7e835',
  'query ProductPage($slug: String!) {\n  product(slug: $slug) {\n    id\n    name\n    price { amount currency }\n    updatedAt\n  }\n}',
)
export const CART = operation('query', 'CartSummary', '41d07e9ab3c2f610', 'query CartSummary {\n  cart { id lines { sku quantity } }\n}')
export const SEARCH = operation(
  'query',
  'SearchResults',
  'c07715e2d9a8b344',
  'query SearchResults($text: String!) {\n  search(text: $text) { id name }\n}',
)
export const ORDERS = operation(
  'query',
  'OrderHistory',
  '5be0a1f47c93d286',
  'query OrderHistory {\n  viewer { orders { id deliveryEstimate } }\n}',
)
export const STORES = operation(
  'query',
  'StoreLocator',
  'e8830bd1f65a4c79',
  'query StoreLocator($zip: String!) {\n  stores(zip: $zip) { id name }\n}',
)
export const VIEWER = operation('query', 'Viewer', '0a6f3cd2815be947', 'query Viewer {\n  viewer { id name }\n}')
export const ADD = operation(
  'mutation',
  'AddToCart',
  '77c1e05d2f9ab386',
  'mutation AddToCart($sku: ID!) {\n  addToCart(sku: $sku) { id }\n}',
)
export const EVIL = operation('query', HOSTILE, 'deadbeefdeadbeef', 'query { __typename }')
export const OPERATIONS: readonly SeenOperation[] = [PRODUCT, CART, SEARCH, ORDERS, STORES, VIEWER, ADD, EVIL]

/** A plausible spread around a median: most near it, a long tail. */
function latency(count: number, median: number): Histogram {
  const spread: readonly (readonly [number, number])[] = [
    [0.7, 0.2],
    [1, 0.4],
    [1.4, 0.25],
    [2.1, 0.09],
    [3.6, 0.045],
    [6.2, 0.015],
  ]
  return Object.fromEntries(spread.map(([factor, part]) => [String(bucketOf(median * factor)), Math.round(count * part)]))
}

interface Cell {
  readonly seen: SeenOperation
  readonly region: string
  readonly stage?: Stage
  readonly percent?: number
  readonly rest?: Stage
  readonly rate: number
  readonly requests: number
  readonly medians?: readonly [number, number]
  readonly outcomes?: Evidence['outcomes']
  readonly classes?: Evidence['classes']
  readonly failures?: Evidence['failures']
}

export function row({
  seen,
  region,
  stage = 'shadow',
  percent = 100,
  rest = stage,
  rate,
  requests,
  medians = [0.04, 0.03],
  outcomes,
  classes = {},
  failures = {},
}: Cell): OverviewRow {
  const counted: Partial<Record<Outcome, number>> = outcomes ?? { compared: requests }
  const compared = counted.compared ?? 0
  const differing = Object.values(classes).reduce((sum, count) => sum + count, 0)
  const pairs = new PairCounts()
  if (compared > 0) pairs.add(bucketOf(medians[0]), bucketOf(medians[1]), compared)
  const evidence: Evidence = {
    requests,
    outcomes: counted,
    classes: compared === 0 ? {} : { identical: compared - differing, ...classes },
    failures,
    fallbacks: 0,
    latency: { legacy: latency(requests, medians[0]), candidate: compared === 0 ? {} : latency(compared, medians[1]) },
    ...(compared === 0 ? {} : { pairs: pairs.taken() }),
  }
  return {
    operation: seen.key,
    region,
    stage,
    percent,
    rest,
    rate,
    summary: summarise(evidence),
    verdict: judge(evidence, GATE_DEFAULTS, stage),
  }
}

const REGIONS = ['eu-west-1', 'us-east-1'] as const

export const ROWS: readonly OverviewRow[] = [
  row({
    seen: PRODUCT,
    region: 'eu-west-1',
    stage: 'live',
    percent: 25,
    rest: 'shadow',
    rate: 148.2,
    requests: 533_412,
    medians: [0.0412, 0.0174],
    outcomes: { compared: 531_206, shed: 1_204, 'shadow-timeout': 802, 'not-comparable': 200 },
    classes: { format: 96_340, value: 12 },
    failures: { 'candidate:5xx': 41, 'candidate:timeout': 6 },
  }),
  row({
    seen: PRODUCT,
    region: 'us-east-1',
    rate: 96.4,
    requests: 347_100,
    medians: [0.0388, 0.0169],
    outcomes: { compared: 345_980, shed: 702, 'shadow-timeout': 418 },
    classes: { format: 61_300, value: 9 },
  }),
  row({
    seen: CART,
    region: 'eu-west-1',
    rate: 61.7,
    requests: 222_090,
    medians: [0.0221, 0.0142],
    outcomes: { compared: 221_840, shed: 250 },
  }),
  row({
    seen: CART,
    region: 'us-east-1',
    stage: 'live',
    percent: 5,
    rest: 'shadow',
    rate: 40.1,
    requests: 144_310,
    medians: [0.0214, 0.0139],
    outcomes: { compared: 143_920, shed: 390 },
  }),
  row({
    seen: SEARCH,
    region: 'eu-west-1',
    rate: 33.9,
    requests: 122_030,
    medians: [0.118, 0.0641],
    outcomes: { compared: 60_890, 'not-sampled': 60_804, 'over-cap': 336 },
    classes: { 'list-order': 8_412, precision: 3_100 },
  }),
  row({
    seen: SEARCH,
    region: 'us-east-1',
    rate: 21.3,
    requests: 76_800,
    medians: [0.112, 0.0655],
    outcomes: { compared: 38_290, 'not-sampled': 38_400, 'over-cap': 110 },
    classes: { 'list-order': 5_077, precision: 1_910 },
  }),
  row({
    seen: ORDERS,
    region: 'eu-west-1',
    rate: 8.4,
    requests: 30_240,
    medians: [0.0563, 0.0981],
    outcomes: { compared: 29_770, 'shadow-failed': 470 },
    classes: { nullness: 1_206, 'error-code': 84 },
    failures: { 'legacy:5xx': 3 },
  }),
  row({ seen: VIEWER, region: 'us-east-1', rate: 2.2, requests: 1_904, medians: [0.0062, 0.0048] }),
  row({ seen: STORES, region: 'eu-west-1', stage: 'complete', rate: 1.1, requests: 4_010, outcomes: { stage: 4_010 } }),
  row({
    seen: ADD,
    region: 'eu-west-1',
    stage: 'shadow',
    rate: 4.8,
    requests: 17_280,
    medians: [0.0833, 0.05],
    outcomes: { unmirrorable: 17_280 },
  }),
  row({ seen: EVIL, region: 'eu-west-1', rate: 0, requests: 3, classes: { value: 1 } }),
]

const pretty = (value: unknown): string => JSON.stringify(value, null, 2)

function example(
  seen: SeenOperation,
  path: string,
  [legacy, candidate]: readonly [string, string],
  answers: readonly [unknown, unknown],
  ago: number,
): Example {
  return {
    operation: seen.key,
    region: REGIONS[0],
    at: NOW - ago,
    path,
    legacy,
    candidate,
    legacyAnswer: pretty(answers[0]),
    candidateAnswer: pretty(answers[1]),
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  }
}

const HOURS = Array.from({ length: 24 }, (_, index) => (index % 7) * 12)

function group(
  id: string,
  name: DifferenceClass,
  members: Omit<GroupView, 'id' | 'class' | 'resolution' | 'facets' | 'trend' | 'triage' | 'firstSeen' | 'lastSeen'>,
): GroupView {
  const seen = { firstSeen: NOW - 3 * 86_400_000, lastSeen: NOW - 42_000 }
  const facets: GroupView['facets'] = [
    { facet: 'client', name: 'web', count: 17, ...seen },
    { facet: 'client', name: 'ios 4.1', count: 4, ...seen },
    { facet: 'build', name: '2026.11.3', count: 21, ...seen },
  ]
  return {
    id,
    class: name,
    resolution: 'exact',
    facets,
    trend: { hours: HOURS, direction: 'steady' },
    triage: { state: 'open' },
    ...seen,
    ...members,
  }
}

const product = (updatedAt: string, amount: string, name = 'Ceramic mug') => ({
  data: {
    product: {
      __typename: 'Product',
      id: 'UHJvZHVjdDo0Mg==',
      name,
      price: { amount, currency: 'EUR' },
      images: Array.from({ length: 8 }, (_, index) => ({ url: `text(${40 + index})`, width: 800, height: 600 })),
      stock: { level: 'IN_STOCK', warehouses: ['AMS', 'CDG', 'FRA'] },
      updatedAt,
    },
  },
})

export const INSTANT_GROUP = group('1c9a5b20f3e7d486', 'value', {
  suggestion: {
    because: 'both are the same instant, written in two ways',
    yaml: '- id: product-updatedat\n  do: { timestamp: { precision: us } }\n',
  },
  kind: 'scalar',
  coordinate: 'Product.updatedAt',
  legacyShape: 'iso.6f+00:00',
  candidateShape: 'isoZ',
  relation: 'same-instant',
  counts: [
    { operation: PRODUCT.key, region: 'eu-west-1', count: 12, noise: 0 },
    { operation: PRODUCT.key, region: 'us-east-1', count: 9, noise: 0 },
  ],
  examples: [
    example(
      PRODUCT,
      'data.product.updatedAt',
      ['"2026-11-20T08:15:00.000000+00:00"', '"2026-11-20T08:15:00Z"'],
      [product('2026-11-20T08:15:00.000000+00:00', '12.50'), product('2026-11-20T08:15:00Z', '12.50')],
      42_000,
    ),
    example(
      PRODUCT,
      'data.product.updatedAt',
      ['"2026-11-19T17:40:09.120000+00:00"', '"2026-11-19T17:40:09Z"'],
      [product('2026-11-19T17:40:09.120000+00:00', '8.00', 'Saucer'), product('2026-11-19T17:40:09Z', '8.00', 'Saucer')],
      3_600_000,
    ),
  ],
})

export const GROUPS: readonly GroupView[] = [
  group('a4071fbe92d3c865', 'list-order', {
    kind: 'order',
    coordinate: 'Query.search',
    legacyShape: 'list',
    candidateShape: 'list',
    counts: [
      { operation: SEARCH.key, region: 'eu-west-1', count: 8_412, noise: 61 },
      { operation: SEARCH.key, region: 'us-east-1', count: 5_077, noise: 40 },
    ],
    examples: [
      example(
        SEARCH,
        'data.search',
        ['list', 'list'],
        [
          {
            data: {
              search: [
                { id: '1', name: 'Fig' },
                { id: '2', name: 'Oak' },
                { id: '3', name: 'Elm' },
              ],
            },
          },
          {
            data: {
              search: [
                { id: '2', name: 'Oak' },
                { id: '1', name: 'Fig' },
                { id: '3', name: 'Elm' },
              ],
            },
          },
        ],
        61_000,
      ),
    ],
  }),
  group('60d2b9e51a7c84f3', 'precision', {
    kind: 'decimals',
    coordinate: 'Hit.score',
    legacyShape: 'decimal-number',
    candidateShape: 'decimal-number',
    relation: 'numerically-equal',
    counts: [{ operation: SEARCH.key, region: 'eu-west-1', count: 5_010, noise: 0 }],
    examples: [],
  }),
  group('f15c03a79be824d6', 'nullness', {
    kind: 'null-bubbling',
    coordinate: 'Order.deliveryEstimate',
    legacyShape: 'iso',
    candidateShape: 'null',
    counts: [{ operation: ORDERS.key, region: 'eu-west-1', count: 1_206, noise: 2 }],
    examples: [
      example(
        ORDERS,
        'data.viewer.orders[1].deliveryEstimate',
        ['iso', 'null'],
        [
          {
            data: {
              viewer: {
                orders: [
                  { id: 'text', deliveryEstimate: 'iso' },
                  { id: 'text', deliveryEstimate: 'iso' },
                ],
              },
            },
          },
          {
            data: {
              viewer: {
                orders: [
                  { id: 'text', deliveryEstimate: 'iso' },
                  { id: 'text', deliveryEstimate: null },
                ],
              },
            },
            errors: [
              { message: 'carrier did not answer', path: ['viewer', 'orders', 1, 'deliveryEstimate'], extensions: { code: 'UPSTREAM' } },
            ],
          },
        ],
        130_000,
      ),
    ],
  }),
  group('8820fd6c4b1e97a5', 'error-code', {
    kind: 'code',
    coordinate: 'Query.viewer',
    legacyShape: 'INTERNAL_SERVER_ERROR',
    candidateShape: 'UPSTREAM',
    counts: [{ operation: ORDERS.key, region: 'eu-west-1', count: 84, noise: 0 }],
    examples: [],
  }),
  INSTANT_GROUP,
  group('badc0ffee0ddf00d', 'value', {
    kind: 'scalar',
    coordinate: HOSTILE,
    legacyShape: 'text',
    candidateShape: 'text',
    counts: [{ operation: EVIL.key, region: 'eu-west-1', count: 1, noise: 0 }],
    examples: [
      example(
        EVIL,
        `data.${HOSTILE}`,
        [`"${HOSTILE}"`, '"</script><script>document.title=1</script>"'],
        [{ data: { text: HOSTILE } }, { data: { text: '</script><script>document.title=1</script>' } }],
        5_000,
      ),
    ],
  }),
]

const flag = (seen: SeenOperation, region: string, stage: Stage, percent = 100, rest: Stage = stage): FlagLine => ({
  flag: `banyan.${seen.type}.${seen.name ?? ''}`,
  version: 7,
  on: true,
  region,
  stage,
  percent,
  rest,
  operations: region === '*' ? [] : [seen.key],
})

export const FLAGS: readonly FlagLine[] = [
  flag(PRODUCT, 'eu-west-1', 'live', 25, 'shadow'),
  flag(PRODUCT, '*', 'shadow'),
  flag(CART, 'us-east-1', 'live', 5, 'shadow'),
  flag(CART, '*', 'shadow'),
  flag(STORES, '*', 'complete'),
  { ...flag(SEARCH, '*', 'off'), on: false },
]

export const SEGMENTS: readonly Segment[] = [
  {
    key: 'staff',
    version: 3,
    salt: 'kept',
    included: ['ada', 'grace'],
    includedContexts: [{ contextKind: 'region', values: ['staging'] }],
    rules: [{ clauses: [{ contextKind: 'user', attribute: 'key', op: 'startsWith', values: ['staff-'] }] }],
  },
  { key: 'beta', version: 1, excluded: ['mallory'] },
]

export const ASKS_FOR_STAFF: Flag = {
  key: 'banyan.query.ProductPage',
  version: 1,
  on: true,
  variations: STAGES,
  offVariation: 0,
  fallthrough: { variation: 2 },
  rules: [{ id: 'staff', variation: 3, clauses: [{ contextKind: 'user', attribute: 'key', op: 'segmentMatch', values: ['staff'] }] }],
}

export const AUDIT: readonly AuditEntry[] = [
  {
    at: NOW - 1_800_000,
    who: 'ada',
    target: 'banyan.query.ProductPage',
    region: 'eu-west-1',
    from: 'live 5 %, else shadow',
    to: 'live 25 %, else shadow',
    why: 'parity 99.99 % over a day; latency halved',
  },
  {
    at: NOW - 90_000_000,
    who: 'grace',
    target: 'banyan.query.ProductPage',
    region: 'eu-west-1',
    from: 'shadow',
    to: 'live 5 %, else shadow',
    why: 'first step, with the team watching',
  },
  {
    at: NOW - 200_000_000,
    who: HOSTILE,
    target: 'banyan.query.StoreLocator',
    region: '*',
    from: 'rampdown',
    to: 'complete',
    why: 'legacy table was dropped',
  },
]

export const STATUS: Status = {
  version: '0.1.0',
  environment: 'production',
  regions: ['eu-west-1', 'us-east-1'],
  startedAt: NOW - 3 * 86_400_000,
  ready: true,
  emergency: false,
  storeUp: true,
  store: 'postgres',
  provider: 'store',
  legacy: 'http://legacy.shop.internal:8000/graphql',
  candidate: 'http://candidate.shop.internal:8080/graphql',
  processes: [
    { name: 'control', pid: 11, restarts: 0, ready: true, shadowRestarts: 0 },
    { name: 'edge-1', pid: 12, restarts: 0, ready: true, shadowRestarts: 1 },
    { name: 'edge-2', pid: 13, restarts: 0, ready: true, shadowRestarts: 0 },
  ],
  rules: { version: '0123456789abcdef', inForce: 2, expired: [] },
  reveals: [],
}

export const FIXES: readonly Fix[] = [
  {
    coordinate: 'Product.updatedAt',
    operations: [PRODUCT.key, SEARCH.key],
    regions: ['eu-west-1'],
    requests: 250_000,
    share: 0.41,
    comparisons: 21,
  },
  { coordinate: 'Order.total', operations: [], regions: [], requests: 0, share: 0, comparisons: 4 },
]
export const RULES: readonly RuleView[] = [
  {
    id: 'timestamps/instant',
    why: 'chrono writes fewer digits',
    at: ['scalar:DateTime'],
    do: { timestamp: {} },
    expired: false,
    suppressed: 12_300,
    lastSuppressed: NOW - 5_000,
    idle: false,
  },
  {
    id: 'last-seen',
    why: 'both ask the clock',
    owner: 'platform',
    expires: '2027-03-31',
    at: ['User.lastSeen'],
    when: { operation: 'query:Get*', region: ['eu-west-1'] },
    do: { ignore: true },
    expired: false,
    suppressed: 0,
    idle: true,
  },
]

const TRIED = { class: 'value', kind: 'string', unknown: 0 } as const

export const TRIAL: TrialView = {
  rules: ['names'],
  total: 12_310,
  accepted: 12_300,
  remaining: 10,
  unknown: 0,
  groups: [
    { ...TRIED, id: 'a1', coordinate: 'User.name', count: 12_300, accepted: 12_300 },
    { ...TRIED, id: 'b2', coordinate: 'Order.note', count: 10, accepted: 0 },
  ],
  also: [],
  warnings: [],
}
