import { isSensitiveName } from '../comparison/privacy.ts'
import type { Reveal } from '../comparison/reveal.ts'
import type { AuditEntry } from '../rollout/audit.ts'

/** The longest that values are kept for without being asked again, in minutes: a day. */
export const LONGEST_REVEAL = 1_440
/** Places that one reveal names. */
export const REVEALED_PLACES = 20
/** How long what was kept stays after a reveal is over: long enough to be looked at on the next working day's morning. */
const STAYS_MS = 24 * 3_600_000

/** What somebody asks for. */
export interface RevealRequest {
  readonly coordinates: readonly string[]
  readonly operation?: string
  readonly region?: string
  readonly minutes: number
  readonly who: string
  readonly why: string
}

export interface RevealEnd {
  readonly who: string
  readonly why: string
  /** Remove what was kept at once. */
  readonly forget: boolean
}

/** Begins to keep values. */
export function beginReveal({ minutes, ...asked }: RevealRequest, id: string, now: number): Reveal {
  const until = now + minutes * 60_000
  return { ...asked, id, version: 1, from: now, until, forgetAt: until + STAYS_MS }
}

/** Ends it before its time; where its time is over, only what was kept is removed earlier. */
export function endReveal(reveal: Reveal, { who, why, forget }: RevealEnd, now: number): Reveal {
  const isOver = reveal.ended !== undefined || now >= reveal.until
  const ended = isOver ? reveal.ended : { who, why, at: now }
  const stays = Math.min(reveal.forgetAt, (ended?.at ?? reveal.until) + STAYS_MS)
  return { ...reveal, version: reveal.version + 1, ...(ended === undefined ? {} : { ended }), forgetAt: forget ? now : stays }
}

/** What was kept under it is removed now. */
export function forgetReveal(reveal: Reveal, now: number): Reveal {
  return { ...reveal, version: reveal.version + 1, forgotten: now }
}

/** Fields of a type that a wildcard names and does not let through: they look personal, and want their exact coordinate. */
export function withheldBy({ coordinates }: Pick<Reveal, 'coordinates'>, fieldsOf: (type: string) => readonly string[]): readonly string[] {
  return coordinates
    .filter((coordinate) => coordinate.endsWith('.*'))
    .flatMap((coordinate) => {
      const type = coordinate.slice(0, -2)
      return fieldsOf(type)
        .filter(isSensitiveName)
        .map((field) => `${type}.${field}`)
    })
    .filter((coordinate) => !coordinates.includes(coordinate))
}

/** The record of a change. */
export function revealEntry(
  before: Reveal | undefined,
  after: Reveal,
  { who, why }: Pick<AuditEntry, 'who' | 'why'>,
  at: number,
): AuditEntry {
  const { coordinates, operation, region } = after
  return {
    at,
    who,
    target: `values of ${coordinates.join(', ')}${operation === undefined ? '' : ` in ${operation}`}`,
    region: region ?? '*',
    from: before === undefined ? 'not kept' : wordsOf(before, at),
    to: wordsOf(after, at),
    why,
  }
}

function wordsOf({ until, ended, forgetAt, forgotten }: Reveal, at: number): string {
  if (forgotten !== undefined || forgetAt <= at) return 'removed'
  return ended === undefined ? `kept until ${momentOf(until)}` : `kept no more, removed at ${momentOf(forgetAt)}`
}

/** To the minute, in UTC. */
function momentOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`
}
