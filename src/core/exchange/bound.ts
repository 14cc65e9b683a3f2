/**
 * Which bound of the mirror lets a request go, so that it is counted as shed. Fixed words: they are metric labels. The client is served whatever they say.
 */
export const BOUNDS = [
  'strain', // the main thread has more to do than it can
  'thread', // the shadow thread is being started
  'ring', // the handover has no room, or half of it waits: that is kept for the ends of requests that have begun
  'in-flight', // mirror.maxInFlight
  'warm-up', // fewer than that, until the shadow has shown that it can do more
  'shadow-failing', // fewer, because the shadow fails or says "too much"
  'shadow-down', // none, or one to see whether it is back
  'shadow-slow', // fewer, because the shadow got slower
  'legacy-slow', // fewer, because legacy got slower
  'requests', // requests of the shadow thread whose primary has not answered
  'bytes', // of requests and answers that the shadow thread holds
  'backlog', // of pairs that wait to be compared, and of their bytes
  'sandbox', // writes that wait for their turn, or waited for too long
] as const
export type Bound = (typeof BOUNDS)[number]

/** The end of a request that a bound let go. */
export type Shed = `shed:${Bound}`

/** By bound: text that is made once costs the client's path nothing. */
export const SHED = Object.fromEntries(BOUNDS.map((bound) => [bound, `shed:${bound}`])) as Readonly<Record<Bound, Shed>> // one for each

/** What a shadow's allowance says where it is used up. */
export type AllowanceBound = Extract<Bound, 'in-flight' | 'warm-up' | `shadow-${string}` | 'legacy-slow'>
