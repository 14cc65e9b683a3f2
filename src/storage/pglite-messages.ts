import type { SecretStore } from './secrets.ts'
import type { DeliveryStore, EvidenceStore, FlagStore, RevealStore, RolloutStore, TriageStore } from './store.ts'

/** What the database thread does for others. Changes of flags are told by the side that asked for them. */
export type PgliteMethods = EvidenceStore &
  Omit<FlagStore, 'onChange'> &
  RolloutStore &
  DeliveryStore &
  TriageStore &
  RevealStore &
  SecretStore & { ping(): Promise<void>; close(): Promise<void> }

export interface PgliteCall {
  readonly id: number
  readonly method: keyof PgliteMethods
  readonly args: readonly unknown[]
}

/** The reply to a call; id 0 says that the database is open. */
export type PgliteReply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: string }
