import { matchesOperation } from '../operation/pattern.ts'

/**
 * A person's leave to keep the values at named places, for a while (PI-1). It ends by itself, wherever it is known, and what was kept under it is removed a
 * while later.
 */
export interface Reveal {
  readonly id: string
  /** Grows by one with every change; a change names the version that it is about. */
  readonly version: number
  /** Coordinates and types, as on the allow list: `Country.name`, `Country.*`. */
  readonly coordinates: readonly string[]
  /** Pattern of operation keys, and a region; absent: all. */
  readonly operation?: string
  readonly region?: string
  readonly who: string
  readonly why: string
  /** From and until when values are kept, in milliseconds since the epoch. */
  readonly from: number
  readonly until: number
  /** When what was kept is removed. */
  readonly forgetAt: number
  /** Who ended it before its time. */
  readonly ended?: { readonly who: string; readonly at: number; readonly why: string }
  /** When what was kept was removed. */
  readonly forgotten?: number
}

/** Under which reveals an example shows values that the allow list does not let through. */
export interface Revealed {
  readonly by: readonly string[]
  /** When the newest of them began. */
  readonly since: number
}

/** Whether values may be kept under it at a moment. */
export function isOpen({ from, until, ended }: Reveal, at: number): boolean {
  return at >= from && at < (ended?.at ?? until)
}

/** Whether it is about a request. */
export function isAbout(
  reveal: Reveal,
  { operation, region, at }: { readonly operation: string; readonly region: string; readonly at: number },
): boolean {
  return (
    isOpen(reveal, at) &&
    (reveal.region === undefined || reveal.region === region) &&
    (reveal.operation === undefined || matchesOperation(reveal.operation, operation))
  )
}

/** Whether what was kept at a moment under these reveals may be there now. Those that nobody knows any more let nothing stay. */
export function mayStay({ by }: Revealed, { at, now }: { readonly at: number; readonly now: number }, known: readonly Reveal[]): boolean {
  return by.every((id) => {
    const reveal = known.find((one) => one.id === id)
    return reveal !== undefined && isOpen(reveal, at) && now < reveal.forgetAt
  })
}
