/** One change of a flag, written in the same transaction as the change. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Who: a person's name as given by the CLI or dashboard, or `controller`. */
  readonly who: string
  /** Flag key. */
  readonly target: string
  /** Region the change was about; `*` for all. */
  readonly region: string
  /** What held before and after, in words: `shadow`, `live 25 %, else shadow`. */
  readonly from: string
  readonly to: string
  /** Reason, as given. */
  readonly why: string
}

/** Who acts when no person does. */
export const CONTROLLER = 'controller'
