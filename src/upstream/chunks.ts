/** An answer without a body, and one that nobody keeps. */
export const NOTHING = Buffer.alloc(0)

/** The body that came in these pieces. */
export function wholeOf(chunks: readonly Buffer[]): Buffer {
  const [first = NOTHING] = chunks
  return chunks.length > 1 ? Buffer.concat(chunks) : first
}
