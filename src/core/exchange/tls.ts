/** A certificate with the chain behind it, and its key, as PEM text. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** How Banyan knows a backend that speaks TLS, and what it shows of itself. */
export interface BackendTls {
  /** Certificates of the authorities that are believed, as PEM text, in place of those that the system knows. */
  readonly ca?: string
  /** The name that the backend's certificate must bear, where that is not the host of its address. */
  readonly serverName?: string
  /** Shown to a backend that asks who is there. */
  readonly pair?: KeyPair
}

/** All certificates that one Banyan runs on. */
export interface Certificates {
  /** What clients see; without it the data plane speaks no TLS. */
  readonly listen?: KeyPair
  /** What is shown at the admin port; without it that speaks no TLS. */
  readonly admin?: KeyPair
  readonly legacy?: BackendTls
  readonly candidate?: BackendTls
}
