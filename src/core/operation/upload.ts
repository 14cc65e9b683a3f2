/** Longest beginning of an upload that is looked at: the document and its variables, which hold no file. */
export const MAX_OPERATIONS_BYTES = 131_072

const NAME = /^content-disposition:\s*form-data\s*;\s*name="?operations"?\s*$/i
/** Lines that clients write besides, and that change nothing. */
const HARMLESS =
  /^(?:content-type:\s*[\w.+/-]+\s*(?:;\s*charset="?utf-?8"?)?|content-length:\s*\d+|content-transfer-encoding:\s*(?:7bit|8bit|binary))\s*$/i
const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i
const HEAD_END = '\r\n\r\n'

/** The boundary between the parts of a `multipart/form-data` body (RFC 2046 section 5.1.1); nothing for another media type. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? []
  return quoted ?? plain
}

/**
 * Finds the part `operations` of a GraphQL multipart request, which comes first (graphql-multipart-request-spec), in the beginning of a body.
 * @returns its bytes, `more` where they are not all there yet, `none` where the body begins with something else
 */
export function operationsIn(beginning: Buffer, boundary: string): Buffer | 'more' | 'none' {
  const open = `--${boundary}\r\n`
  const known = Math.min(beginning.length, open.length)
  if (beginning.toString('latin1', 0, known) !== open.slice(0, known)) return 'none'
  const headEnd = beginning.indexOf(HEAD_END)
  if (headEnd === -1) return undecided(beginning)
  if (!isPlain(beginning.toString('latin1', open.length, headEnd))) return 'none'
  const start = headEnd + HEAD_END.length
  const end = beginning.indexOf(`\r\n--${boundary}`, start)
  return end === -1 ? undecided(beginning) : beginning.subarray(start, end)
}

function undecided(beginning: Buffer): 'more' | 'none' {
  return beginning.length < MAX_OPERATIONS_BYTES ? 'more' : 'none'
}

/** Whether a part is the one by its name, and its bytes are what they look like to all: some servers undo a coding or another charset. */
function isPlain(head: string): boolean {
  const others = head.split('\r\n').filter((line) => !HARMLESS.test(line))
  return others.length === 1 && NAME.test(others[0] ?? '')
}
