import type { Routed } from '../../src/core/exchange/inbound.ts'

/** A request that the candidate is to be asked for as well. */
export const ROUTED: Routed = {
  inbound: { method: 'POST', target: '/graphql', headers: [], peer: { address: '::1', trusted: true }, at: 0 },
  identified: { kind: 'unclassified', reason: 'unreadable' },
  region: 'eu',
  assignment: { stage: 'shadow', flag: 'banyan.query.A', reason: 'DEFAULT' },
  decision: { stage: 'shadow', primary: 'legacy', shadow: 'candidate' },
}
