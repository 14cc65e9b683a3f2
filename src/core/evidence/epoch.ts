/**
 * What counts must not be mixed over: the rules that comparisons were judged by, and the build of the candidate that answered. Evidence of another build or of
 * other rules says nothing about what would be promoted now.
 */
export type Epoch = string

/** Builds that one edge tells apart. A candidate that names a new one with every answer must not fill the store; all further ones are one, that never passes. */
const MAX_BUILDS = 20
export const OTHER_BUILDS = '~other'

/** @param rules the version of the rules in force */
export function epochOf(rules: string, build: string | undefined): Epoch {
  return `${rules} ${build ?? ''}`
}

/** The build in an epoch, for people; empty where the candidate names none. */
export function buildIn(epoch: Epoch): string {
  return epoch.slice(epoch.indexOf(' ') + 1)
}

/** The version of the rules in an epoch; empty where nobody knows it. */
export function rulesIn(epoch: Epoch): string {
  return epoch.slice(0, Math.max(0, epoch.indexOf(' ')))
}

/** What an edge knows of builds. What is counted without an answer that names one belongs to the build that was seen last. */
export class Builds {
  readonly #known = new Set<string>()
  #newest: string | undefined

  /** The build to count under. @param build as an answer named it; absent: no answer, or no name */
  see(build: string | undefined): string | undefined {
    if (build !== undefined) this.#newest = this.#bounded(build)
    return this.#newest
  }

  #bounded(build: string): string {
    if (this.#known.size >= MAX_BUILDS && !this.#known.has(build)) return OTHER_BUILDS
    this.#known.add(build)
    return build
  }
}
