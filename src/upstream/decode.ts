import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'
import type { DecodedAnswer } from '../core/comparison/compare.ts'
import type { Answer } from '../core/exchange/exchange.ts'
import { headerValue } from '../core/exchange/headers.ts'

type Decompress = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

/** Content codings of RFC 9110 section 8.4.1, and the two newer ones of its registry. Decompression runs off this thread. */
const DECODERS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: inflateEither,
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

/** More codings on top of each other are nobody's answer. */
const MAX_CODINGS = 3

/**
 * The answer with its content codings undone, so that `gzip` and plain compare equal. At most `maxBytes` come out, whatever a compressed bomb promises. An answer
 * that cannot be decoded keeps its bytes and says why.
 */
export async function decodeAnswer(answer: Answer, maxBytes: number): Promise<DecodedAnswer> {
  if (isPlain(answer)) return answer
  const codings = contentCodings(answer)
  if (codings.length === 0) return answer
  if (codings.length > MAX_CODINGS) return undecoded(answer, 'bounds', `more than ${MAX_CODINGS} content codings`)
  let { body } = answer
  for (const coding of codings.toReversed()) {
    const decompress = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined
    if (decompress === undefined) return undecoded(answer, 'invalid', 'unknown content coding')
    try {
      body = await decompress(body, { maxOutputLength: maxBytes })
    } catch (error) {
      const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      return isTooLarge
        ? undecoded(answer, 'bounds', `more than ${maxBytes} bytes when decoded`)
        : undecoded(answer, 'invalid', `no ${coding}, or cut short`)
    }
  }
  return { ...answer, body }
}

/** Whether there is nothing to decode, as far as can be told at once. */
export function isPlain({ headers, body }: Answer): boolean {
  return body.length === 0 || headerValue(headers, 'content-encoding') === undefined
}

function undecoded(answer: Answer, error: 'invalid' | 'bounds', message: string): DecodedAnswer {
  return { ...answer, undecoded: { error, message } }
}

/** `deflate` is zlib's format, and some servers send the bare stream. */
async function inflateEither(...[body, options]: Parameters<Decompress>): Promise<Buffer> {
  const hasHeader = ((body[0] ?? 0) & 0x0f) === 8 && (((body[0] ?? 0) << 8) | (body[1] ?? 0)) % 31 === 0
  return hasHeader ? promisify(inflate)(body, options) : promisify(inflateRaw)(body, options)
}

/** In the order in which they were applied; of several lines, as one list (RFC 9110 section 5.3). */
function contentCodings({ headers }: Answer): readonly string[] {
  const lines = headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'content-encoding')
  const codings = lines.flatMap((line) => line.split(',')).map((coding) => coding.trim().toLowerCase())
  return codings.filter((coding) => coding !== '' && coding !== 'identity')
}
