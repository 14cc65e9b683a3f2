/** One line of a text, or why it could not be read. Lines are counted from 1. */
export type TextLine = { readonly number: number; readonly text: string } | { readonly number: number; readonly problem: string }

const NEWLINE = 0x0a

/** The lines of a stream of UTF-8, without those that are blank. Holds no more than one line; what is left of one past `maxBytes` is skipped. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<TextLine> {
  const line = new Line(maxBytes)
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      line.add(chunk.subarray(from, end))
      yield* line.end()
      from = end + 1
    }
    line.add(chunk.subarray(from))
  }
  yield* line.end()
}

class Line {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #bytes = 0
  #number = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(part: Uint8Array): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxBytes) this.#parts = []
    else this.#parts.push(part)
  }

  /** The line that ends here; none where it is blank. */
  end(): readonly TextLine[] {
    const [parts, bytes] = [this.#parts, this.#bytes]
    this.#parts = []
    this.#bytes = 0
    this.#number += 1
    const number = this.#number
    if (bytes > this.#maxBytes) return [{ number, problem: `longer than ${this.#maxBytes} bytes` }]
    const text = decode(parts)
    if (text === undefined) return [{ number, problem: 'not UTF-8' }]
    return text.trim() === '' ? [] : [{ number, text }]
  }
}

function decode(parts: readonly Uint8Array[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch {
    return undefined
  }
}
