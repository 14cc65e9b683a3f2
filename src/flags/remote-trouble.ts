/** Why LaunchDarkly did not do what it was asked for. */
export type TroubleKind =
  /** The environment wants every change approved by a person. */
  | 'approval'
  /** Somebody changed the flag at the same time. */
  | 'conflict'
  | 'rate-limited'
  /** No answer, or none that makes sense: what was asked for may have been done all the same. */
  | 'down'
  /** The token is wrong, or may not do this. */
  | 'denied'
  /** The project or the environment is not there. */
  | 'absent'
  | 'refused'

/** LaunchDarkly's REST API did not do it. The message is for people and has no token in it. */
export class RemoteTrouble extends Error {
  readonly kind: TroubleKind
  /** Milliseconds after which it may be asked again, where it said so. */
  readonly retryAfterMs: number | undefined

  constructor(kind: TroubleKind, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'RemoteTrouble'
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }
}
