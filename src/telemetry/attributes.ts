/**
 * Every name that leaves Banyan in a span or a metric, in one place: `docs/telemetry.md` lists the same, and a test compares the two. HTTP names are OpenTelemetry's
 * stable conventions; those of GraphQL and of feature flags are still in development there, so they are copied and not imported.
 */
export const SPAN_ATTRIBUTES = {
  httpMethod: 'http.request.method',
  httpStatus: 'http.response.status_code',
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  route: 'http.route',
  operationType: 'graphql.operation.type',
  operationName: 'graphql.operation.name',
  operation: 'banyan.operation',
  region: 'banyan.region',
  stage: 'banyan.stage',
  origin: 'banyan.origin',
  role: 'banyan.role',
  outcome: 'banyan.outcome',
  bound: 'banyan.bound',
  writes: 'banyan.writes',
  client: 'banyan.client',
  class: 'banyan.comparison.class',
  verdict: 'banyan.comparison.verdict',
  ruleVersion: 'banyan.rules.version',
  differences: 'banyan.comparison.differences',
  confirmed: 'banyan.comparison.confirmed',
  nearWrite: 'banyan.comparison.near_write',
  coordinates: 'banyan.comparison.coordinates',
  latencyPrimary: 'banyan.latency.primary',
  latencyShadow: 'banyan.latency.shadow',
  latencyRatio: 'banyan.latency.ratio',
  differenceClass: 'banyan.difference.class',
  differencePath: 'banyan.difference.path',
  differenceCoordinate: 'banyan.difference.coordinate',
  flagKey: 'feature_flag.key',
  flagProvider: 'feature_flag.provider.name',
  flagValue: 'feature_flag.result.value',
  flagReason: 'feature_flag.result.reason',
  flagVersion: 'feature_flag.version',
} as const

export const SPANS = { compare: 'banyan.compare', difference: 'banyan.difference' } as const

/** Metrics by their OpenTelemetry name, unit and meaning. Prometheus spells them with underscores, the unit and `_total`. */
export const METRICS = {
  'http.server.request.duration': {
    unit: 's',
    kind: 'histogram',
    description: 'Answers to clients, from asking the primary to its last byte',
  },
  'http.client.request.duration': { unit: 's', kind: 'histogram', description: 'Answers of the origins, by origin and role' },
  'banyan.requests': { unit: '{request}', kind: 'counter', description: 'Requests of clients' },
  'banyan.outcomes': { unit: '{request}', kind: 'counter', description: 'How requests ended for the experiment; each in exactly one' },
  'banyan.comparisons': { unit: '{comparison}', kind: 'counter', description: 'Comparisons by their worst class of difference' },
  'banyan.mirror.skipped': {
    unit: '{request}',
    kind: 'counter',
    description: 'Requests that were not compared, by reason; those that were shed by the bound as well',
  },
  'banyan.requests.unmirrored': {
    unit: '{request}',
    kind: 'counter',
    description:
      'Requests that were not tied to one operation, or are a kind that is not mirrored and that no policy of writes passes on, by reason',
  },
  'banyan.primary.failures': {
    unit: '{request}',
    kind: 'counter',
    description: 'Primaries that gave no answer or one of status 500 and above',
  },
  'banyan.fallbacks': {
    unit: '{request}',
    kind: 'counter',
    description: 'Requests that legacy answered because the candidate failed or was down',
  },
  'banyan.breaker.open': {
    unit: '{operation}',
    kind: 'gauge',
    description: 'Operations that legacy answers at once: the candidate is down',
  },
  'banyan.retries.refused': {
    unit: '{request}',
    kind: 'counter',
    description: 'Requests that the candidate failed and legacy was not asked for: second tries are a fifth of the traffic at most',
  },
  'banyan.refused': { unit: '{request}', kind: 'counter', description: 'Clients that Banyan itself turned away, by reason' },
  'banyan.connections': { unit: '{connection}', kind: 'gauge', description: 'Open connections of clients' },
  'banyan.places.taken': { unit: '{request}', kind: 'gauge', description: 'Requests of clients under way at a backend with a limit' },
  'banyan.queue.depth': { unit: '{request}', kind: 'gauge', description: 'Requests that wait for a place at a backend with a limit' },
  'banyan.queue.duration': {
    unit: 's',
    kind: 'histogram',
    description: 'How long requests waited for a place that they got; those that found one free are not in it',
  },
  'banyan.mirror.in_flight': { unit: '{request}', kind: 'gauge', description: 'Mirrored requests under way' },
  'banyan.mirror.limit': {
    unit: '{request}',
    kind: 'gauge',
    description: 'Mirrored requests that a shadow may have under way now; less when it or legacy gets slow, 0 while it is down',
  },
  'banyan.mirror.connections': {
    unit: '{connection}',
    kind: 'gauge',
    description: 'Connections of the shadow thread to a backend, those that are being opened included',
  },
  'banyan.sandbox.waiting': { unit: '{request}', kind: 'gauge', description: 'Writes that wait for their turn in the sandbox' },
  'banyan.sandbox.stopped': {
    unit: '{lane}',
    kind: 'gauge',
    description: 'Lanes (subjects, by 65,536 hashes) whose sandbox is stopped, because a write is missing',
  },
  'banyan.writes.halted': {
    unit: '1',
    kind: 'gauge',
    description: '1 while writes are not rehearsed in this way any more, because the candidate may have done one',
  },
  'banyan.handover.used': { unit: 'By', kind: 'gauge', description: 'Bytes that wait for the shadow thread' },
  'banyan.edge.overhead': { unit: 's', kind: 'histogram', description: 'Time of the main thread before the primary is asked' },
  'banyan.edge.strained': {
    unit: '1',
    kind: 'gauge',
    description: '1 while the main thread has more to do than it can; nothing is mirrored then',
  },
  'banyan.edge.restarts': { unit: '{restart}', kind: 'counter', description: 'Processes of the tree that were started again' },
  'banyan.shadow.restarts': { unit: '{restart}', kind: 'counter', description: 'Shadow threads that were started again' },
  'banyan.shadow.held': { unit: 'By', kind: 'gauge', description: 'Requests and answers that the shadow thread holds' },
  'banyan.shadow.backlog': { unit: '{pair}', kind: 'gauge', description: 'Pairs that wait to be compared' },
  'banyan.shadow.shed': {
    unit: '{request}',
    kind: 'counter',
    description:
      'Requests that the shadow thread let go, whole or a second look at them, by what there was too much of: requests, bytes, a backlog of pairs to compare; control and confirm where a backend may not be asked a second time now',
  },
  'banyan.evidence.lost': { unit: '{request}', kind: 'counter', description: 'Requests whose counts could not be kept' },
  'banyan.spans.dropped': {
    unit: '{span}',
    kind: 'counter',
    description: 'Spans that the exporter could not deliver, or that found no room to wait for it',
  },
  'nodejs.eventloop.delay.p50': { unit: 's', kind: 'gauge', description: 'Median of how late the main thread was; 0 while it has time' },
  'nodejs.eventloop.delay.p99': { unit: 's', kind: 'gauge', description: '99th percentile of the delay of the main thread' },
  'nodejs.eventloop.delay.max': { unit: 's', kind: 'gauge', description: 'Greatest delay of the main thread' },
  'nodejs.eventloop.utilization': { unit: '1', kind: 'gauge', description: 'Share of time that the main thread was busy' },
  'banyan.flags.staleness': {
    unit: 's',
    kind: 'gauge',
    description: 'Time since this edge last knew its flags to be fresh; with the store they are confirmed every 5 s',
  },
  'banyan.emergency': { unit: '1', kind: 'gauge', description: '1 while this edge sends everything to legacy, whatever the flags say' },
  'banyan.store.up': { unit: '1', kind: 'gauge', description: '1 while the store takes evidence' },
  'banyan.certificate.expiry': { unit: 's', kind: 'gauge', description: 'Until a certificate of ours expires; below 0 it has' },
  'banyan.rules.problems': {
    unit: '{problem}',
    kind: 'gauge',
    description: 'What is wrong with files of rules, or others of the config, that changed; above 0 the old ones hold on',
  },
  'banyan.rules.expired': { unit: '{rule}', kind: 'gauge', description: 'Rules whose last day is over' },
  'banyan.reveals.open': { unit: '{reveal}', kind: 'gauge', description: 'Reveals under which values are kept now' },
  'banyan.rollout.transitions': {
    unit: '{transition}',
    kind: 'counter',
    description: 'Units that this replica moved, by plan and kind: `enter`, `back`, `finish`; those set by hand are the plan `(by hand)`',
  },
  'banyan.gate.verdict': { unit: '1', kind: 'gauge', description: '1 pass, 0 inconclusive, -1 fail' },
} as const

export type MetricName = keyof typeof METRICS
