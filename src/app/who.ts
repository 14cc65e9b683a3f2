import type { LoadedConfig } from '../config/loaded.ts'
import { clientAddress } from '../core/exchange/forwarded.ts'
import type { Inbound, Routed } from '../core/exchange/inbound.ts'
import { isSplit } from '../core/routing/decide.ts'
import { createSubjectOf } from '../core/routing/subject.ts'

/** Who asks, as the client's path tells it. */
export interface Who {
  /** Empty for who has no name. */
  readonly sessionOf: (inbound: Inbound) => string
  /** The client's address for who has none. */
  readonly subjectOf: (inbound: Inbound) => string
  /** Stands for the subject where it is counted. */
  readonly markOf: (inbound: Inbound) => number
  /** The same, where the request was one of a split. */
  readonly splitMarkOf: (routed: Routed) => number | undefined
}

/**
 * @param isTrusted which peers may say for whom they ask
 * @param mark what stands for a subject
 */
export function createWho(
  config: Pick<LoadedConfig['config'], 'subject'>,
  isTrusted: (address: string) => boolean,
  mark: (subject: string) => number,
): Who {
  const subjectIn = createSubjectOf(config.subject)
  const subjectOf = ({ headers, peer }: Inbound): string => subjectIn(headers, () => clientAddress(headers, peer, isTrusted))
  const markOf = (inbound: Inbound): number => mark(subjectOf(inbound))
  return {
    sessionOf: ({ headers }) => subjectIn(headers, () => ''),
    subjectOf,
    markOf,
    splitMarkOf: ({ assignment, inbound }) => (isSplit(assignment) ? markOf(inbound) : undefined),
  }
}
