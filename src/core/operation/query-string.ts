/** What a query string says under a few names, however it is encoded. */
export class QueryString {
  readonly #search: URLSearchParams
  /** As servers read it that split at `;` too, as Python did until 3.9.2. */
  readonly #split: URLSearchParams

  /** @param target path and query, as in the request line */
  constructor(target: string) {
    const start = target.indexOf('?')
    const text = start === -1 ? '' : target.slice(start + 1)
    this.#search = new URLSearchParams(text)
    this.#split = text.includes(';') ? new URLSearchParams(text.replaceAll(';', '&')) : this.#search
  }

  /** Absent and empty are the same: both say nothing. */
  value(name: string): string | undefined {
    const value = this.#search.get(name)
    return value === null || value === '' ? undefined : value
  }

  /** Whether a name stands there once at most, and says the same to every server. */
  isCertain(name: string): boolean {
    const values = this.values(name)
    return values.length <= 1 && (this.#split === this.#search || (values[0] ?? null) === this.#search.get(name))
  }

  /** Every value that some server would read under a name. */
  values(name: string): readonly string[] {
    return this.#split.getAll(name)
  }
}
