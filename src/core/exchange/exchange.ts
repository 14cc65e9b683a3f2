import type { Origin, Role, Stage } from '../routing/stage.ts'

/** Header lines as they came: name, value, name, value, … Order, repetition and case are kept. */
export type RawHeaders = readonly string[]

/** What an origin answered, as received (content encoding not undone). */
export interface Answer {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: Uint8Array
}

/** Why an origin gave no whole answer. Fixed words: they are metric labels. */
export const FAILURES = [
  'connect',
  'tls',
  'timeout',
  'reset',
  'invalid-response',
  'over-cap',
  'no-room',
  'queue',
  'aborted',
  'crashed',
] as const
export type Failure = (typeof FAILURES)[number]

/** What happened when one origin was asked. Made once, never edited. */
export type Observation = {
  readonly origin: Origin
  readonly role: Role
  /** Wall clock at the moment of asking, in milliseconds since the epoch. */
  readonly startedAt: number
  /** From asking to the last byte, or to the failure, in seconds by a monotonic clock. */
  readonly duration: number
  /** From asking to the head of the answer, in seconds; absent where none came. */
  readonly firstByte?: number | undefined
} & (
  | { readonly outcome: 'answered'; readonly answer: Answer }
  | { readonly outcome: 'failed'; readonly failure: Failure; readonly status?: number | undefined }
)

/** One request and what both origins answered: what the comparer sees. */
export interface Exchange {
  readonly primary: Answered
  readonly shadow: Answered
}

/** An observation with an answer in it. */
export type Answered = Extract<Observation, { outcome: 'answered' }>

/** An observation without one. */
export type Failed = Extract<Observation, { outcome: 'failed' }>

/** Whether somebody was asked, and answered. @param asked a word where nobody was */
export function isAnswered(asked: Observation | string): asked is Answered {
  return typeof asked !== 'string' && asked.outcome === 'answered'
}

/** Where a request is counted. */
export interface Cell {
  /** Operation key, or a fixed label: `~unclassified`, `~other`. */
  readonly operation: string
  readonly region: string
  readonly stage: Stage
}
