import { OVERFLOW, type Example, type GroupDelta } from '../../src/core/comparison/group.ts'
import type { EvidenceBatch, SeenOperation } from '../../src/core/evidence/batch.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type CellEvidence } from '../../src/core/evidence/evidence.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import type { Notice } from '../../src/core/rollout/notice.ts'
import type { PlanState, Position } from '../../src/core/rollout/position.ts'
import type { Flag } from '../../src/core/routing/flag.ts'
import type { Triage } from '../../src/core/triage/triage.ts'

/** The window that is counted in while the tests run. */
export const NOW = Date.now() - (Date.now() % WINDOW_MS)
/** Every window there is. */
export const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }

export const example = (path: string, extra: Partial<Example> = {}): Example => ({
  operation: 'query:A#1',
  region: 'eu',
  at: 1,
  path,
  legacy: '1',
  candidate: '2',
  legacyAnswer: '{}',
  candidateAnswer: '{}',
  ...extra,
})

export const cell = (operation: string, requests: number, window = NOW): CellEvidence => ({
  operation,
  region: 'eu',
  stage: 'shadow',
  window,
  evidence: {
    ...EMPTY_EVIDENCE,
    requests,
    outcomes: { compared: requests },
    classes: { identical: requests },
    latency: { legacy: { '-5': requests }, candidate: { '-7': requests } },
  },
})

export const group = (id: string, count: number, examples: readonly Example[] = []): GroupDelta => ({
  ...OVERFLOW,
  id,
  counts: [{ operation: 'query:A#1', region: 'eu', count, noise: 0 }],
  facets: [],
  firstSeen: count,
  lastSeen: count,
  examples,
})

export const operation = (name: string): SeenOperation => ({
  key: `query:${name}#1`,
  type: 'query',
  name,
  signature: '1',
  document: '{a}',
  firstSeen: 5,
  lastSeen: 6,
})

export const batch = (source: string, seq: number, extra: Partial<EvidenceBatch> = {}): EvidenceBatch => ({
  source,
  seq,
  operations: [],
  cells: [],
  groups: [],
  ...extra,
})

export const flag = (version: number): Flag => ({
  key: 'banyan.query.A',
  version,
  on: true,
  variations: ['off'],
  fallthrough: { variation: 0 },
})

export const entry = (why: string): AuditEntry => ({
  at: 1,
  who: 'ada',
  target: 'banyan.query.A',
  region: 'eu',
  from: 'off',
  to: 'live',
  why,
})

export const position = (version: number): Position => ({
  plan: 'reads',
  unit: 'query:A#1',
  version,
  operations: ['query:A#1'],
  step: 0,
  status: 'moving',
  since: NOW,
  evidenceFrom: NOW,
  backRegions: [],
  why: 'because',
})

export const notice = (id: string): Notice => ({
  kind: 'enter',
  plan: 'reads',
  unit: 'query:A#1',
  step: 'all',
  regions: ['eu'],
  reason: 'because',
  id,
})

export const planState = (version: number): PlanState => ({
  plan: 'reads',
  version,
  status: 'running',
  who: 'ada',
  at: NOW,
  why: 'because',
})

export const triage = (version: number): Triage => ({
  group: 'g',
  version,
  state: 'accepted',
  who: 'ada',
  at: NOW,
  why: 'because',
  owner: 'web',
  expires: '2099-01-31',
  identity: { ...OVERFLOW, id: 'g' },
})
