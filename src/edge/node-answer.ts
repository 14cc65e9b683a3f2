import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http'

/** An answer of Node's server, with its lines as they are. */
export class NodeAnswer extends ServerResponse {
  override writeHead(
    status: number,
    reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    lines?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    if (typeof reason !== 'string' || !isLines(lines)) return super.writeHead(status, reason as OutgoingHttpHeaders)
    const { method, httpVersionMinor } = this.req
    const mayHaveChunks = status !== 204 && status !== 304 && method !== 'HEAD' && httpVersionMinor > 0
    return super.writeHead(status, reason, asNodeTakes(lines, mayHaveChunks))
  }

  /** Node itself writes a head that leaves before the body as UTF-8, and so makes two bytes of one where a line has more than ASCII. */
  override flushHeaders(): void {
    this.write('', 'latin1')
  }
}

function isLines(lines: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined): lines is string[] {
  return Array.isArray(lines)
}

/**
 * Node refuses a whole answer for a `Trailer` line where no chunks follow, so that nothing it announces can come: it is left out there. And once it knows the length of the body, it takes
 * the bytes of `Content-Disposition` for UTF-8 and makes others of them: the length is said behind that line.
 */
function asNodeTakes(lines: string[], mayHaveChunks: boolean): string[] {
  if (mayHaveChunks && placeOf('content-length', lines) === -1) return lines
  const kept = placeOf('trailer', lines) === -1 ? lines : lines.filter((_, index) => !isNamed('trailer', lines[index - (index % 2)]))
  const length = placeOf('content-length', kept)
  const disposition = length === -1 ? -1 : placeOf('content-disposition', kept)
  return disposition > length ? [...kept.slice(0, length), ...kept.slice(length + 2), ...kept.slice(length, length + 2)] : kept
}

function placeOf(lower: string, lines: readonly string[]): number {
  return lines.findIndex((name, index) => index % 2 === 0 && isNamed(lower, name))
}

function isNamed(lower: string, name = ''): boolean {
  return name.length === lower.length && name.toLowerCase() === lower
}
