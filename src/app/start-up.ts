/** What the start waits for. */
export interface StartUpDeps {
  readonly isControlReady: () => boolean
  readonly areEdgesReady: () => boolean
  /** Flags are in our own store. LaunchDarkly's are heard by the edges themselves, while control starts. */
  readonly hasOwnFlags: boolean
}

/** How far the start of the tree has come, and from when on clients may be served: not before the edges know which operations the candidate serves. */
export class StartUp {
  readonly #deps: StartUpDeps
  readonly #done: PromiseWithResolvers<void> = Promise.withResolvers()
  #isStoreNew = false
  /** Everything runs: what ends from now on is started again. */
  isOver = false
  /** Serving on last known flags: control cannot start until the database is back. */
  alone = false

  constructor(deps: StartUpDeps) {
    this.#deps = deps
  }

  /** Resolves when everything runs; rejects where somebody has to mend something first. */
  async done(): Promise<void> {
    await this.#done.promise
    this.isOver = true
  }

  fail(error: Error): void {
    this.#done.reject(error)
  }

  /** Nobody can have set a flag yet: there is nothing to wait for. Whether it can be opened at all is waited for as ever. */
  storeIsNew(): void {
    this.#isStoreNew = true
  }

  /** A process became ready. */
  look(): void {
    if (this.#isWhole && this.#deps.areEdgesReady()) this.#done.resolve()
  }

  /** Nothing serves yet. */
  get isWaiting(): boolean {
    return !this.isOver && !this.alone
  }

  get mayServe(): boolean {
    return this.#isWhole || (this.#isStoreNew && this.#deps.hasOwnFlags)
  }

  get #isWhole(): boolean {
    return this.isOver || this.alone || this.#deps.isControlReady()
  }
}
