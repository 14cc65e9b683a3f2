import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { Answer } from '../core/exchange/exchange.ts'

type Decompress = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>

/** Content codings of RFC 9110 section 8.4.1, and the two newer ones of its registry. Decompression runs off this thread. */
const DECODERS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

/**
 * The answer with its content coding undone, so that `gzip` and plain compare equal. At most `maxBytes` come out, whatever a
 * compressed bomb promises. An answer that cannot be decoded comes back as it is: the comparer then finds it invalid.
 */
export async function decodeAnswer(answer: Answer, maxBytes: number): Promise<Answer> {
  const coding = contentCoding(answer)
  if (coding === undefined || coding === 'identity') return answer
  const decompress = DECODERS[coding]
  if (decompress === undefined) return answer
  try {
    return { ...answer, body: await decompress(answer.body, { maxOutputLength: maxBytes }) }
  } catch {
    // Cut short, not what it says, or too large: there is nothing better than the bytes themselves.
    return answer
  }
}

function contentCoding({ headers }: Answer): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === 'content-encoding') return headers[i + 1]?.trim().toLowerCase()
  }
  return undefined
}
