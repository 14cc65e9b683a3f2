/**
 * What part of the chance of a false pass an attempt has. Whoever begins the same step again, with fresh counts, until it passes is looking for luck: later
 * attempts have less, so that all together never have more than one and a half times that of the first. Source: section 1 of the reference.
 * @param attempt from 1
 */
export function shareOf(attempt: number): number {
  return attempt <= 1 ? 1 : 1 / (attempt * (attempt + 1))
}
