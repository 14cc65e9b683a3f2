/**
 * A body, or the last part of one, up to this size leaves in one piece with what is before it, as text of one byte a character: Node writes such a text without allocating anything for it, and
 * to copy it costs less than a second write (docs/performance.md).
 */
export const ONE_PIECE_BYTES = 16_384
