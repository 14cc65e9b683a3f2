import { readFields } from '../core/exchange/fields.ts'

/** The head of an answer of HTTP/1.1, read. */
export interface AnswerHead {
  readonly status: number
  readonly reason: string
  /** Header lines, name and value in turn, byte for byte (latin1). */
  readonly lines: string[]
  readonly framing: Framing
  readonly contentType: string | undefined
  readonly contentLength: string | undefined
  /** How long the connection may be idle after this answer by what the backend says of it, in milliseconds; 0: not at all; absent: it says nothing. */
  readonly idleMs: number | undefined
}

/** Where the body ends (RFC 9112 section 6.3): there is none, after so many bytes, as its chunks say, or with the connection. */
export type Framing = number | 'none' | 'chunked' | 'close'

/** Only 1.0 and 1.1 have this framing. Reasons may hold whatever was once legal in them. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const DIGITS = /^\d{1,15}$/
/** What Node's servers say of themselves, in seconds. */
const TIMEOUT = /(?:^|[,;\s])timeout=(\d{1,9})/i
/** Taken off what a backend says: it may close while a request is on its way. */
const IDLE_MARGIN_MS = 2_000

/** What the header lines of a head say about its body and its connection. */
interface Vital {
  length: string | undefined
  coding: string | undefined
  connection: string
  keepAlive: string
  type: string | undefined
}

/**
 * Reads the head of an answer, without the empty line behind it. Nothing where it is not a head, or where two programs could tell its end differently (RFC 9112 section 6.3).
 * @param method of the request: an answer to HEAD has no body whatever it says
 */
export function readHead(text: string, method: string): AnswerHead | undefined {
  const end = text.indexOf('\r\n')
  const status = STATUS_LINE.exec(end === -1 ? text : text.slice(0, end))
  const fields = end === -1 ? '' : text.slice(end + 2)
  if (status === null) return undefined
  const [, minor, code = '', reason = ''] = status
  // HTTP/1.0 has no interim answers (RFC 9110 section 15.2); others would take one for the answer.
  if (minor === '0' && code.startsWith('1')) return undefined
  const lines = readFields(fields)
  if (lines === undefined) return undefined
  const vital = vitalOf(lines)
  const framing = vital === undefined ? undefined : framingOf(vital, method, Number(code))
  if (vital === undefined || framing === undefined) return undefined
  const idleMs = idleOf(vital, minor === '1', framing)
  return { status: Number(code), reason, lines, framing, contentType: vital.type, contentLength: vital.length, idleMs }
}

function vitalOf(lines: readonly string[]): Vital | undefined {
  const vital: Vital = { length: undefined, coding: undefined, connection: '', keepAlive: '', type: undefined }
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] ?? ''
    // Most lines are told apart by their length alone.
    if (name.length !== 10 && name.length !== 12 && name.length !== 14 && name.length !== 17) continue
    const value = lines[i + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'connection') vital.connection += `,${value}`
    else if (lower === 'keep-alive') vital.keepAlive += `,${value}`
    else if (lower === 'content-type') vital.type = vital.type === undefined ? value : `${vital.type}, ${value}`
    else if (lower === 'content-length') {
      if (vital.length !== undefined || !DIGITS.test(value)) return undefined
      vital.length = value
    } else if (lower === 'transfer-encoding') vital.coding = vital.coding === undefined ? value : `${vital.coding}, ${value}`
  }
  return vital
}

function framingOf({ length, coding }: Vital, method: string, status: number): Framing | undefined {
  // Any other coding of a hop would reach the client undeclared.
  if (coding !== undefined && (length !== undefined || !/^chunked$/i.test(coding))) return undefined
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  if (coding !== undefined) return 'chunked'
  return length === undefined ? 'close' : Number(length)
}

function idleOf({ connection, keepAlive, length, coding }: Vital, isPersistent: boolean, framing: Framing): number | undefined {
  const says = (option: string): boolean =>
    connection !== '' &&
    connection
      .toLowerCase()
      .split(/[,\s]+/)
      .includes(option)
  // An answer without a body that says that it has one may have sent it all the same.
  const isDoubtful = framing === 'none' && ((length !== undefined && length !== '0') || coding !== undefined)
  if (framing === 'close' || isDoubtful || says('close') || (!isPersistent && !says('keep-alive'))) return 0
  const seconds = keepAlive === '' ? undefined : TIMEOUT.exec(keepAlive)?.[1]
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) * 1_000 - IDLE_MARGIN_MS)
}
