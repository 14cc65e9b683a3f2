/** How often an edge reports what it counted. */
const REPORT_MS = 1_000
/** How soon after the last report there may be another, while the candidate fails clients. */
const HASTE_MS = 500
/** What fails at the same moment goes into one report. */
const GATHER_MS = 50

/** When an edge reports: every second, and sooner while clients are failed, so that the guard hears of it in time. */
export class Reporting {
  readonly #report: () => void
  #timer: NodeJS.Timeout
  #reportedAt = performance.now()
  #isHasty = false

  constructor(report: () => void) {
    this.#report = report
    this.#timer = this.#after(REPORT_MS)
  }

  /** Something is to be known soon. */
  hasten(): void {
    if (this.#isHasty) return
    this.#isHasty = true
    clearTimeout(this.#timer)
    this.#timer = this.#after(Math.max(GATHER_MS, this.#reportedAt + HASTE_MS - performance.now()))
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #after(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isHasty = false
      this.#reportedAt = performance.now()
      this.#timer = this.#after(REPORT_MS)
      this.#report()
    }, ms)
  }
}
